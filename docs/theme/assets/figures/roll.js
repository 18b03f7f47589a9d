/* A ball on the contours of a loss, and the way that gradient descent takes from there. The chapter
   draws how it begins; tests/website/test_by_hand.py holds what is computed here against the
   package. */
(window.literateScripts ??= {}).roll = ({ moved, data, plot, set }) => {
  const { x, y, limits, said } = data;
  const text = moved.querySelector(".literate-text");
  const parts = (name, what) => [...moved.querySelectorAll(`[id$="-${name}"] ${what}`)];
  const ways = parts("path", "path").filter((one) => !one.closest("defs, marker"));
  const [ball] = parts("ball", "use");
  const { place, point, ring } = plot(0, limits);
  const mean = (f) => x.reduce((sum, one, i) => sum + f(one, y[i]), 0) / x.length;

  // The ball is dropped where the plot is pressed, and can be pulled from there.
  const drop = (at) => at.forEach((number, i) => set(i, number));
  const start = ring(drop);
  moved.querySelector("svg").addEventListener("click", (event) => {
    const [w, b] = point(event);
    const [left, right, bottom, top] = limits;
    if (left <= w && w <= right && bottom <= b && b <= top) drop([w, b]);
  });

  return ([w, b, lr, updates]) => {
    const path = [[w, b]];
    for (let i = 0; i < updates; i++) {
      const slopes = [mean((x, y) => (w * x + b - y) * x), mean((x, y) => w * x + b - y)];
      path.push([(w -= lr * slopes[0]), (b -= lr * slopes[1])]);
    }
    const places = path.map(place);
    for (const way of ways) way.setAttribute("d", `M${places.join("L")}`);
    ["x", "y"].forEach((name, i) => ball.setAttribute(name, places.at(-1)[i]));
    start(path[0]);
    const numbers = [w, b, mean((x, y) => (w * x + b - y) ** 2 / 2)];
    text.dataset.numbers = numbers; // with all their digits
    text.textContent = said.replace(/{:.(\d)f}/g, (_, n) => numbers.shift().toFixed(n));
  };
};
