/* Exchanges the token behind the # of the address for a cookie, and goes on to the book. */

const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

const answer = await fetch("enter", {
  method: "POST",
  headers: { "Content-Type": "application/json", "X-Live": "1" },
  body: JSON.stringify({ token }),
});
if (answer.ok) location.replace((await answer.json()).top);
else
  document.getElementById("said").textContent =
    "This is not the address that the server has printed. · 这不是服务器打印的那个地址。";
