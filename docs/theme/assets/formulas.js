/* Copied formulas become LaTeX, between the dollars that Markdown and Jupyter know; a formula that
   scrolls can be reached with the keyboard. Nothing here is needed to read. */

const around = (node) => (node.closest ? node : node.parentElement).closest("math[data-tex]");

document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (!selection.rangeCount) return;
  const range = selection.getRangeAt(0).cloneRange();
  const [first, last] = [around(range.startContainer), around(range.endContainer)];
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  const part = document.createElement("div");
  part.append(range.cloneContents());
  const formulas = part.querySelectorAll("math[data-tex]");
  if (!formulas.length) return;
  event.clipboardData.setData("text/html", part.innerHTML);
  for (const formula of formulas) {
    const { tex } = formula.dataset;
    const displayed = formula.getAttribute("display") === "block";
    formula.replaceWith(displayed ? `$$\n${tex}\n$$` : `$${tex}$`);
  }
  for (const line of part.querySelectorAll(".formula")) line.style.whiteSpace = "pre";
  document.body.append(part); // only what is on the page has its line ends
  event.clipboardData.setData("text/plain", part.innerText);
  part.remove();
  event.preventDefault();
});

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
const observe = () => document.querySelectorAll(".formula").forEach((line) => sizes.observe(line));
if (window.document$) window.document$.subscribe(observe); // each page, with instant navigation
else observe();
