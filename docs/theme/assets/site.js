/* Nothing here is needed to read. */

/* The link to the other language leads to the same place on the same page: the address follows the
   reader from section to section. Without this script it leads to the top of the page. */

const link = document.querySelector("[data-other-language]");

if (link) {
  const { base } = JSON.parse(document.getElementById("__config").textContent);
  const language = new URL(`${base}/`, location);
  const update = () => {
    const here = location.pathname.slice(language.pathname.length);
    link.href = new URL(`../${link.hreflang}/${here}${location.hash}`, language);
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

for (const dialog of document.querySelectorAll(".md-search:has(input)"))
  dialog.ariaLabel = dialog.querySelector("input").ariaLabel;

/* Labels open and close the drawer, its panels and the search. In their place come buttons, for which
   a keyboard is enough (a label may not say that it is one; the theme's styles ask for its `for`). The
   keyboard goes to what has opened, and back when it is closed. */

const narrow = matchMedia("(max-width: 76.234375em)"); // there the navigation is a drawer
const phone = matchMedia("(max-width: 59.984375em)"); // there the search covers the page
const drawer = document.querySelector(".md-sidebar--primary");
const seen = (part) => part.checkVisibility({ visibilityProperty: true });
const move = (part) => part?.focus({ preventScroll: true }); // it may still be on its way

const asButton = (label, toggle) => {
  const button = document.createElement("span");
  for (const { name, value } of label.attributes) button.setAttribute(name, value);
  button.append(...label.childNodes);
  button.addEventListener("click", () => toggle.click());
  label.replaceWith(button);
  return button;
};

const openers = [
  [".md-header__button[for=__drawer]", narrow, ".md-nav--primary"],
  [".md-sidebar--primary label[for=__toc]", narrow],
  [".md-header__button[for=__search], .md-search__icon[for=__search]", phone, ".md-search__input"],
];

for (const [labels, where, opened] of openers) {
  const name = opened && document.querySelector(opened)?.ariaLabel;
  if (opened && !name) continue; // the front page has neither
  for (const label of document.querySelectorAll(labels)) {
    const toggle = document.getElementById(label.htmlFor);
    const button = asButton(label, toggle);
    const update = () => {
      button.role = where.matches ? "button" : null;
      button.ariaExpanded = where.matches ? toggle.checked : null;
      button.ariaLabel = where.matches && name ? name : null;
      if (where.matches) button.tabIndex = 0;
      else button.removeAttribute("tabindex");
    };
    update();
    toggle.addEventListener("change", update);
    where.addEventListener("change", update);
    button.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      button.click();
    });
  }
}

for (const toggle of drawer?.querySelectorAll(".md-nav__toggle") ?? [])
  toggle.addEventListener("change", () => {
    if (!narrow.matches) return;
    const panel = toggle.parentElement.querySelector(":scope > .md-nav > .md-nav__title");
    move(toggle.checked ? panel : toggle.parentElement.querySelector(":scope > .md-nav__link[for]"));
  });

if (drawer) {
  const toggle = document.getElementById("__drawer");
  const button = document.querySelector(".md-header__button[for=__drawer]");
  const rest = document.querySelectorAll(
    "[data-md-component=skip], .md-header, .md-content, .md-sidebar--secondary, .md-footer, .md-top",
  );
  toggle.addEventListener("change", () => {
    for (const part of rest) part.inert = toggle.checked;
    const stops = [...drawer.querySelectorAll("a[href], [tabindex='0']")].filter(seen);
    const current = stops.find((stop) => stop.matches(".md-nav__link--active")) ?? stops[0];
    move(toggle.checked ? current : button);
  });
  narrow.addEventListener("change", () => toggle.checked && toggle.click());
  addEventListener("keydown", ({ key }) => key === "Escape" && toggle.checked && toggle.click());
}

/* ---- Search ---- */

const field = document.querySelector("[data-md-component=search-query]");

if (field) {
  /* Material looks at the field when a key is pressed; what is pasted, dropped or spoken, or comes from
     an input method, presses none. The events do not bubble: nobody else takes them for a key. */
  const look = () => {
    for (const name of ["keydown", "keyup"]) field.dispatchEvent(new Event(name));
  };
  for (const name of ["input", "change", "compositionend"]) field.addEventListener(name, look);
  field.form.addEventListener("reset", () => setTimeout(look)); // it is empty a moment later

  const toggle = document.getElementById("__search");
  const button = document.querySelector(".md-header__button[for=__search]");
  let before; // where the keyboard was
  field.addEventListener("focus", ({ relatedTarget }) => {
    if (!relatedTarget?.closest(".md-search")) before = relatedTarget;
  });
  toggle.addEventListener("change", () => toggle.checked && move(field));
  const leave = () => setTimeout(() => move(seen(button) ? button : before)); // once it is closed
  document.querySelector(".md-search__icon[for=__search]").addEventListener("click", leave);
  const close = ({ key, isComposing }) =>
    key === "Escape" && !isComposing && toggle.checked && leave();
  addEventListener("keydown", close, { capture: true }); // before Material closes it
}

/* Without a server, an address that ends in a slash shows what is in a folder: its page is meant. */

if (location.protocol === "file:") {
  for (const link of document.querySelectorAll("a[href]"))
    if (link.protocol === "file:" && link.pathname.endsWith("/")) link.pathname += "index.html";
}
