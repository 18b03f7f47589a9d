/* A part of site.js. What gives a prediction away waits until the reader has made it, or asks to see
   it. What she said is `told` (partials/predictions.html); it is kept on her own device, for both
   languages. */
const template = document.getElementById("predict");

if (template) {
  const { page, answer: asks } = template.dataset;
  const { classList } = document.documentElement;
  const boxes = [];
  const update = () => boxes.forEach((box) => box());

  const keep = (changed) => {
    try {
      __md_set("predictions", { ...__md_get("predictions"), ...changed });
    } catch {} // there is no storage: it holds as long as the page is open
    update();
  };

  const asked = [...document.querySelectorAll("div.question")]; // in the order of what waits
  for (const part of document.querySelectorAll(".waiting")) {
    const key = part.dataset.for;
    const box = asked.shift();
    box.id = `predict-${key}`;
    const [actions, bar] = template.content.cloneNode(true).children;
    const [said, show] = bar.children;
    const [decide, always] = actions.querySelectorAll("button, input");
    box.lastElementChild.replaceWith(actions);
    part.previousElementSibling.replaceWith(bar);

    const blanks = box.querySelectorAll(".blank");
    const fields = [...box.querySelectorAll(".choices > li, .blank")].map((place, i) => {
      const field = document.createElement("input");
      field.autocomplete = "off";
      if (place.className) {
        field.ariaLabel = asks + (blanks[1] ? ` ${i + 1}` : "");
        place.append(field);
        return field;
      }
      const [label, words] = ["label", "span"].map((name) => document.createElement(name));
      field.type = "radio";
      field.name = key;
      words.append(...place.childNodes);
      label.append(field, words);
      place.append(label);
      place.role = "none";
      place.parentElement.role = "radiogroup";
      place.parentElement.ariaLabel = asks;
      return field;
    });
    const words = [said, decide].map((one) => one.textContent);

    const value = (field) => (field.type === "text" ? field.value.trim() : field.checked);
    const set = (field, i) =>
      (field[field.type === "text" ? "value" : "checked"] = told[key]?.[i] || "");
    const tell = (answer) => {
      told[key] = answer;
      keep({ [page]: told });
    };

    boxes.push(() => {
      const answer = told[key];
      const chosen = fields.filter(value);
      always.checked = !classList.contains("predicting");
      part.hidden = answer || always.checked ? false : "until-found";
      show.hidden = !!answer;
      for (const field of fields) field.disabled = show.hidden;
      decide.textContent = answer ? decide.dataset.other : words[1];
      decide.disabled = !answer && fields[0] && !chosen[0];
      const line = document.createElement("span");
      line.append(words[0]);
      if (answer) {
        const named = answer === true ? [] : chosen;
        line.textContent = said.dataset[named[0] ? "said" : "shown"];
        named.forEach((field, i) => {
          const choice = field.nextElementSibling?.cloneNode(true) ?? field.value;
          line.append(i ? ", " : " ", choice);
        });
      }
      if (line.textContent !== said.textContent) said.replaceChildren(...line.childNodes);
      said.role = "status"; // what it says from now on is read aloud
    });

    fields.forEach(set);
    part.tabIndex = -1;
    box.addEventListener("input", update);
    box.addEventListener("keydown", ({ key, target, isComposing }) => {
      if (key === "Enter" && !isComposing && fields.includes(target)) decide.click();
    });
    decide.addEventListener("click", () => {
      if (!told[key]) return tell(fields.map(value));
      tell();
      fields.forEach(set);
      update();
    });
    show.addEventListener("click", () => {
      tell(true);
      part.focus({ preventScroll: true });
    });
    part.addEventListener("beforematch", () => tell(true));
    always.addEventListener("input", () => {
      classList.toggle("predicting", !always.checked);
      keep({ always: always.checked });
    });
  }
  update();
  document.getElementById("waiting")?.remove();

  /* A link to something that waits shows it. */
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part; (part = target?.closest(".waiting[hidden]")); target.scrollIntoView())
      part.dispatchEvent(new Event("beforematch"));
  };
  addEventListener("hashchange", open);
  open();
}
