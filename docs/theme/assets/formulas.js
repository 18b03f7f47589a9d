/* Copied formulas become LaTeX, between the dollars that Markdown and Jupyter know. Nothing here is
   needed to read. */

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
