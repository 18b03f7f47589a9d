/* Nothing here is needed to read. */

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

/* What scrolls inside itself can be reached with the keyboard; what Material adds has a name, or
   claims to be no more than it is. */

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = target;
    const tall = target.matches(".literate-text") && scrollHeight > clientHeight;
    if (scrollWidth > clientWidth || tall) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

const scrolling =
  ".formula, .literate-drawing, .literate-html, .literate-text, " +
  ".md-typeset__scrollwrap, .print-book table";
const attended = new WeakSet();
const attend = () => {
  for (const part of document.querySelectorAll(scrolling)) {
    if (attended.has(part)) continue;
    attended.add(part);
    part.tabIndex = 0; // until it has a size: what is folded or far away has none yet
    sizes.observe(part);
  }
  for (const buttons of document.querySelectorAll(".md-code__nav:not([role])")) buttons.role = "none";
};
new MutationObserver(attend).observe(document.body, { childList: true, subtree: true });
attend();

for (const dialog of document.querySelectorAll(".md-search"))
  dialog.ariaLabel = dialog.querySelector("input").ariaLabel;

/* Who types a heading finds its page first, whatever the words weigh elsewhere. */

const found = document.querySelector(".md-search-result__list");

if (found) {
  const field = document.querySelector("[data-md-component=search-query]");
  const plain = (text) => text.toLowerCase().replace(/[\p{P}\p{S}\p{Z}\p{C}]+/gu, "");
  const raise = () => {
    const words = plain(field.value);
    const named = [...found.children].find((page) =>
      [...page.querySelectorAll("h1, h2")].some((title) => plain(title.textContent) === words),
    );
    if (!named || named === found.firstElementChild) return;
    const best = found.querySelector("[data-md-score]").dataset.mdScore;
    for (const entry of named.querySelectorAll("[data-md-score]")) entry.dataset.mdScore = best;
    found.prepend(named); // Enter leads to the first of those with the highest score
  };
  new MutationObserver(raise).observe(found, { childList: true });
}

/* Without a server, an address that ends in a slash shows what is in a folder: its page is meant. */

if (location.protocol === "file:") {
  for (const link of document.querySelectorAll("a[href]"))
    if (link.protocol === "file:" && link.pathname.endsWith("/")) link.pathname += "index.html";
}
