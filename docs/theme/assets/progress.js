/* A part of site.js. What a reader has done, as she says herself: chapters, at their ends, and
   exercises. It is kept on her own device, for both languages, and marked where the chapters are
   listed. */
{
  const boxes = [];
  let done = {};

  const update = () => {
    try {
      done = __md_get("done") ?? done;
    } catch {} // there is no storage: it holds as long as the page is open
    for (const [box, key] of boxes) box.checked = done[key];
    for (const link of document.querySelectorAll(
      ".md-nav--primary .md-nav__link[href]:not([href^='#']), .home-chapters a, #chapters ~ * td a",
    )) {
      const [page] = link.pathname.match(/[^/]*(?=\/(index\.html)?$)/) ?? [];
      link.classList.toggle("done", !!done[page]);
    }
  };

  const keep = (box, key) => {
    boxes.push([box, key]);
    box.addEventListener("change", () => {
      const { checked } = box;
      update(); // another page may have changed it
      done = { ...done, [key]: checked || undefined };
      try {
        __md_set("done", done);
      } catch {}
      update();
    });
  };

  const end = document.querySelector(".chapter-done");
  if (end) {
    const { page, exercise } = end.dataset;
    keep(end.querySelector("input"), page);
    document.querySelectorAll("details.success").forEach((solution, i) => {
      const label = end.firstElementChild.cloneNode(true);
      label.className = "exercise-done";
      label.lastChild.data = exercise.replace("#", i + 1);
      solution.before(label);
      keep(label.firstElementChild, `${page}#${i + 1}`);
    });
  }
  for (const event of ["storage", "done"]) addEventListener(event, update);
  update();
}
