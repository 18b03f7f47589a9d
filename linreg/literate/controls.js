/* Moves the figures of a page: a control chooses among what the page was made with. */
(() => {
  const loaded = (window.literateStates ??= {});

  // By a script element, for a page that was opened from a folder may read no file in another way.
  const load = (data) =>
    new Promise((done, fail) => {
      const { src } = data.dataset;
      if (!src) return done(JSON.parse(data.textContent));
      const script = document.createElement("script");
      script.src = src;
      script.onload = () => done(loaded[src.split("/").pop()]);
      script.onerror = () => (script.remove(), fail());
      document.head.append(script);
    });

  const html = ({ first, states }, number) => {
    let text = "";
    for (let parts = states[number], i = 0; i < parts.length; i++)
      text += typeof parts[i] === "string" ? parts[i] : first.slice(parts[i], parts[++i]);
    return text;
  };

  const setUp = (figure) => {
    const [panel, moved, data] = figure.children;
    if (!panel.hidden) return; // it is set up
    const controls = [...panel.children].map((part) => [...part.querySelectorAll("input")]);
    const place = (inputs) =>
      inputs[0].type === "range" ? +inputs[0].value : inputs.findIndex((one) => one.checked);
    const size = (inputs) => (inputs[0].type === "range" ? +inputs[0].max + 1 : inputs.length);
    const number = () => controls.reduce((sum, one) => sum * size(one) + place(one), 0);

    const status = document.createElement("p");
    status.role = "status";
    const unseen =
      "position:absolute;width:1px;height:1px;margin:0;overflow:hidden;clip-path:inset(50%)";
    let states, shown = number(), timer, player;
    const get = () => (states ??= load(data).catch(() => (states = null)));

    // What was printed is read aloud once the hand rests.
    const say = () => {
      const texts = [...moved.querySelectorAll(".literate-text")].map((text) => text.textContent);
      status.textContent = texts.join("\n").slice(0, 500);
    };

    const show = async () => {
      const found = await get();
      status.style = found ? unseen : "";
      if (!found) return (status.textContent = panel.dataset.failed);
      if (number() === shown) return;
      shown = number();
      const open = [...moved.querySelectorAll("details")].map((part) => part.open);
      moved.innerHTML = html(found, shown);
      moved.querySelectorAll("details").forEach((part, i) => (part.open = open[i]));
      status.textContent = "";
      clearTimeout(timer);
      if (!player) timer = setTimeout(say, 500);
    };

    const update = (input) => {
      const output = input.parentElement.querySelector("output");
      if (output)
        input.ariaValueText = output.textContent = JSON.parse(input.dataset.values)[input.value];
      return show();
    };

    for (const button of panel.querySelectorAll("button")) {
      const input = button.parentElement.querySelector("input");
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
        player.timer = setTimeout(step, 700);
      };
      button.addEventListener("click", async () => {
        if (player?.input === input) return stop();
        player?.stop();
        player = { input, stop };
        turn();
        if (input.value === input.max) input.value = 0;
        await update(input);
        if (player?.input === input) player.timer = setTimeout(step, 700);
      });
      input.addEventListener("input", stop);
    }
    panel.addEventListener("input", ({ target }) => update(target));
    for (const touch of ["pointerdown", "focusin"]) panel.addEventListener(touch, get);

    status.style = unseen;
    figure.append(status);
    panel.hidden = false;
  };

  const begin = () => document.querySelectorAll(".literate-moving").forEach(setUp);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
