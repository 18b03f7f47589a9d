/* A line through points, moved by hand, and the squares of its errors. The chapter draws how it
   begins; tests/website/test_by_hand.py holds what is computed here against the package. */
(window.literateScripts ??= {}).fit = ({ moved, data, plot, set }) => {
  const { x, y, best, limits, said } = data;
  const text = moved.querySelector(".literate-text");
  const part = (name) => moved.querySelector(`[id$="-${name}"] path`);
  const { place, ring } = plot(0, limits);

  const errors = ([slope, intercept]) => x.map((one, i) => slope * one + intercept - y[i]);
  const area = (line) => errors(line).reduce((sum, error) => sum + error * error, 0);

  // By one ring the line is lifted, by the other it is turned.
  let line;
  const end = 1.6;
  const lift = ring(([, height]) => set(1, height));
  const turn = ring(([, height]) => set(0, (height - line[1]) / end));

  return ([slope, intercept, shows]) => {
    line = [slope, intercept];
    const on = (at) => [at, slope * at + intercept];
    const ends = limits.slice(0, 2).map(on).map(place);
    part("line").setAttribute("d", `M${ends.join("L")}`);
    part("best").style.strokeOpacity = shows;
    errors(line).forEach((error, i) => {
      const [left, bottom] = [x[i], y[i]];
      const [right, top] = [left + Math.abs(error), bottom + error];
      const corners = [[left, bottom], [right, bottom], [right, top], [left, top]].map(place);
      part(`square${i}`).setAttribute("d", `M${corners.join("L")}Z`);
    });
    lift(on(0));
    turn(on(end));
    const numbers = [area(line), area(line) / 2 / x.length, area(best)];
    text.dataset.numbers = numbers; // with all their digits
    text.textContent = said[shows].replace(/{:.(\d)f}/g, (_, n) => numbers.shift().toFixed(n));
  };
};
