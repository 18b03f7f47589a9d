/* The start page says how far a reader has come in each chapter, and takes what is hers to another
   device in a file: what she has done (progress.js), and what she has predicted (predictions.js). */
{
  const template = document.getElementById("own");
  const words = template.dataset;
  const totals = JSON.parse(template.nextElementSibling.textContent);
  const place = document.querySelector(".own");
  place.append(template.content.cloneNode(true));
  const [save, load, file, status] = place.querySelectorAll("button, input, [role]");

  const get = (name) => {
    try {
      return __md_get(name) ?? {};
    } catch {
      return {}; // there is no storage
    }
  };
  const fill = (text, ...numbers) => text.replace(/#/g, () => numbers.shift());
  const predicted = (answers = {}) => Object.values(answers).filter(Array.isArray).length;

  const show = () => {
    const [done, predictions] = [get("done"), get("predictions")];
    document.querySelectorAll(".done-so-far").forEach((line) => line.remove());
    for (const link of document.querySelectorAll("td a")) {
      const [page] = link.pathname.match(/[^/]*(?=\/(index\.html)?$)/) ?? [];
      if (!totals[page]) continue;
      const [exercises, asked] = totals[page];
      const made = Object.keys(done).filter((key) => key.startsWith(`${page}#`)).length;
      const said = predicted(predictions[page]);
      const parts = [];
      if (made) parts.push(fill(words.exercises, made, exercises));
      if (said) parts.push(fill(words.predictions, said, asked));
      if (!parts[0]) continue;
      const line = document.createElement("span");
      line.className = "done-so-far";
      line.textContent = parts.join(words.and);
      link.after(line);
    }
  };

  save.addEventListener("click", () => {
    const { always, ...predictions } = get("predictions"); // how she reads stays with this browser
    const text = JSON.stringify({ linreg: 1, done: get("done"), predictions }, null, 1);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "linreg-progress.json";
    link.click();
    status.textContent = words.saved;
    setTimeout(() => URL.revokeObjectURL(link.href), 1e4);
  });

  /* A file that was changed by hand, or cut off, is none of ours. */
  const isObject = (one) => one && typeof one === "object" && !Array.isArray(one);
  const isName = (one) => /^[\w-]+$/.test(one);
  const isAnswer = (one) =>
    one === true ||
    (Array.isArray(one) && one.every((part) => ["boolean", "string"].includes(typeof part)));
  const read = (text) => {
    const { linreg, done, predictions } = JSON.parse(text);
    const right =
      linreg === 1 &&
      isObject(done) &&
      Object.entries(done).every(([key, value]) => /^[\w-]+(#\d+)?$/.test(key) && value === true) &&
      isObject(predictions) &&
      Object.entries(predictions).every(
        ([page, answers]) =>
          isName(page) &&
          isObject(answers) &&
          Object.entries(answers).every(([key, answer]) => isName(key) && isAnswer(answer)),
      );
    if (!right) throw new TypeError("not ours");
    return { done, predictions };
  };

  /* What is here stays: a file adds to it. */
  const add = (found) => {
    const [done, predictions] = [get("done"), get("predictions")];
    const news = Object.keys(found.done).filter((key) => !done[key]);
    let answers = 0;
    const joined = { ...predictions };
    for (const [page, theirs] of Object.entries(found.predictions)) {
      joined[page] = { ...theirs, ...predictions[page] };
      answers += predicted(joined[page]) - predicted(predictions[page]);
    }
    const all = { ...done, ...found.done };
    __md_set("done", all);
    __md_set("predictions", joined);
    const kept = JSON.stringify([get("done"), get("predictions")]);
    if (kept !== JSON.stringify([all, joined])) return words.refused;
    const exercises = news.filter((key) => key.includes("#")).length;
    return fill(words.loaded, news.length - exercises, exercises, answers);
  };

  load.addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    let found;
    try {
      found = read(await chosen.text());
    } catch {
      return (status.textContent = fill(words.bad, chosen.name));
    } finally {
      file.value = ""; // the same one may be chosen again
    }
    try {
      status.textContent = add(found);
    } catch {
      status.textContent = words.refused;
    }
    dispatchEvent(new Event("done"));
  });

  for (const event of ["storage", "done"]) addEventListener(event, show);
  show();
}
