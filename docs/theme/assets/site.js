/* The link to the other language leads to the same place on the same page, also after reader and
   address have moved on without a load. Without this script it leads to the page it was made for. */

const link = document.querySelector("[data-other-language]");

if (link) {
  const { base } = JSON.parse(document.getElementById("__config").textContent);
  const language = new URL(`${base}/`, location);
  const update = () => {
    const here = location.href.slice(language.href.length);
    link.href = new URL(`../${link.hreflang}/${here}`, language);
  };
  for (const event of ["pointerover", "focusin", "click"]) link.addEventListener(event, update);
}
