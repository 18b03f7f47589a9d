/* Moves the figures of a page: a control chooses among what the page was made with, or has a script
   of the site compute what it shows. */
(() => {
  const failed = document.querySelector("[data-literate-moving]").dataset.literateMoving;
  const loaded = (window.literateStates ??= {});
  const scripts = (window.literateScripts ??= {});

  // By a script element, for a page that was opened from a folder may read no file in another way.
  const run = (src) =>
    new Promise((done, fail) => {
      const script = document.createElement("script");
      script.src = src;
      script.onload = done;
      script.onerror = () => (script.remove(), fail());
      document.head.append(script);
    });

  const load = async ({ dataset: { src }, textContent }, script) => {
    if (src) await run(src);
    if (script && !scripts[script]) await run(src.replace(/[^/]*$/, `${script}.js`));
    return src ? loaded[src.split("/").pop()] : JSON.parse(textContent);
  };

  const html = ({ first, states }, number) => {
    let text = "";
    for (let parts = states[number], i = 0; i < parts.length; i++)
      text += typeof parts[i] === "string" ? parts[i] : first.slice(parts[i], parts[++i]);
    return text;
  };

  // A plot of a drawing, for a script: where it has a point, which point is under a pointer, and
  // rings to pull at. It cuts its curves off at its edges; `limits` says which numbers those are.
  const plot = (svg, number, [left, right, bottom, top]) => {
    const edges = svg.querySelectorAll("clipPath rect")[number];
    const [x, y, width, height] = ["x", "y", "width", "height"].map((a) => +edges.getAttribute(a));
    const place = ([a, b]) => [
      (x + ((a - left) / (right - left)) * width).toFixed(2),
      (y + ((top - b) / (top - bottom)) * height).toFixed(2),
    ];
    const point = ({ clientX, clientY }) => {
      const at = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
      return [
        left + ((at.x - x) / width) * (right - left),
        top - ((at.y - y) / height) * (top - bottom),
      ];
    };
    const ring = (pulled) => {
      const ring = document.createElementNS(svg.namespaceURI, "g");
      ring.innerHTML = "<circle r=12 fill-opacity=0 /><circle r=4 stroke-width=1.5 />";
      ring.style =
        "cursor: grab; touch-action: none; fill: var(--literate-bg); stroke: var(--literate-c1)";
      ring.firstChild.style.stroke = "none"; // room for a thumb
      ring.addEventListener("pointerdown", (event) => {
        event.preventDefault(); // no text is selected
        ring.setPointerCapture(event.pointerId);
      });
      ring.addEventListener("pointermove", (event) => {
        if (ring.hasPointerCapture(event.pointerId)) pulled(point(event));
      });
      svg.append(ring);
      return (at) => ring.setAttribute("transform", `translate(${place(at)})`);
    };
    return { place, point, ring };
  };

  const near = (figure, then) =>
    new IntersectionObserver(
      (seen, observer) => seen.some((one) => one.isIntersecting) && (observer.disconnect(), then()),
      { rootMargin: "50%" },
    ).observe(figure);

  const setUp = (figure) => {
    const [panel, moved, data] = figure.children;
    const { script } = figure.dataset;
    if (!panel.hidden) return; // it is set up
    if (script && !scripts[script] && !data.dataset.src) return panel.remove(); // nobody has it
    const controls = [...panel.children].map((part) => {
      const inputs = [...part.querySelectorAll("input")];
      const [slider] = inputs;
      const { values, range } = slider.dataset;
      const [low, step, digits] = range?.split(" ").map(Number) ?? [];
      const slides = slider.type === "range";
      const at = (place) => {
        if (!slides) return inputs[place].parentElement.textContent;
        const number = (place) => (+(low + place * step).toFixed(digits) || 0).toFixed(digits);
        return values ? JSON.parse(values)[place] : number(place);
      };
      const place = () => (slides ? +slider.value : inputs.findIndex((one) => one.checked));
      return {
        label: part.firstChild.textContent,
        size: slides ? +slider.max + 1 : inputs.length,
        first: slides ? +slider.defaultValue : inputs.findIndex((one) => one.defaultChecked),
        place,
        text: () => at(place()),
        // Brings the slider as near to a number of its range as it goes.
        set: (number) => {
          slider.value = Math.round((number - low) / step);
          update(slider);
        },
        write: (output) => (slider.ariaValueText = output.textContent = at(place())),
      };
    });
    const number = (place) => controls.reduce((sum, one) => sum * one.size + place(one), 0);

    const status = document.createElement("p");
    status.role = "status";
    const unseen =
      "position:absolute;width:1px;height:1px;margin:0;overflow:hidden;clip-path:inset(50%)";
    let states, timer, player;
    let shown = number((one) => one.first);

    // A script is given what it needs, and gives what draws the values of the controls: numbers, or
    // the place of one that is none.
    const start = (data) => {
      const svg = moved.querySelector("svg");
      const alt = svg?.ariaLabel;
      const draw = scripts[script]({
        moved,
        data,
        plot: (number, limits) => plot(svg, number, limits),
        set: (i, number) => controls[i].set(number),
      });
      const drawAll = () => {
        draw(controls.map((one) => (isNaN(one.text()) ? one.place() : +one.text())));
        const named = controls.map((one) => `${one.label} = ${one.text()}`);
        if (svg) svg.ariaLabel = `${alt} (${named.join(", ")})`;
      };
      drawAll(); // with what there is to pull at
      return drawAll;
    };

    const choose = (found) => () => {
      const open = [...moved.querySelectorAll("details")].map((part) => part.open);
      moved.innerHTML = html(found, shown);
      moved.querySelectorAll("details").forEach((part, i) => (part.open = open[i]));
    };

    const get = () =>
      (states ??= load(data, script)
        .then(script ? start : choose)
        .catch(() => (states = null)));

    // What was printed is read aloud once the hand rests.
    const say = () => {
      const texts = [...moved.querySelectorAll(".literate-text")].map((text) => text.textContent);
      status.textContent = texts.join("\n").slice(0, 500);
    };

    const show = async () => {
      const draw = await get();
      status.style = draw ? unseen : "";
      if (!draw) return (status.textContent = failed);
      const now = number((one) => one.place());
      if (now === shown) return;
      shown = now;
      draw();
      status.textContent = "";
      clearTimeout(timer);
      if (!player) timer = setTimeout(say, 500);
    };

    const update = (input) => {
      const part = input.closest(".literate-control");
      const output = part.querySelector("output");
      if (output) controls[[...panel.children].indexOf(part)].write(output);
      return show();
    };

    for (const button of panel.querySelectorAll("button")) {
      const input = button.parentElement.querySelector("input");
      const pace = script ? 150 : 700;
      const turn = () =>
        ([button.textContent, button.dataset.other] = [button.dataset.other, button.textContent]);
      const stop = () => {
        if (player?.input !== input) return;
        clearTimeout(player.timer);
        player = null;
        turn();
      };
      const step = () => {
        if (input.value === input.max) return stop();
        input.stepUp();
        update(input);
        player.timer = setTimeout(step, pace);
      };
      button.addEventListener("click", async () => {
        if (player?.input === input) return stop();
        player?.stop();
        player = { input, stop };
        turn();
        if (input.value === input.max) input.value = 0;
        await update(input);
        if (player?.input === input) player.timer = setTimeout(step, pace);
      });
      input.addEventListener("input", stop);
    }
    panel.addEventListener("input", ({ target }) => update(target));
    for (const touch of ["pointerdown", "focusin"]) panel.addEventListener(touch, get);
    if (script) near(figure, get); // the drawing may be touched as well

    status.style = unseen;
    figure.append(status);
    panel.hidden = false;
    // What was moved or pressed before this came.
    if (number((one) => one.place()) !== shown) panel.querySelectorAll("input").forEach(update);
    const early = window.literateEarly;
    if (panel.contains(early) && early.matches("button")) early.click();
  };

  const begin = () => document.querySelectorAll(".literate-moving").forEach(setUp);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
