// Counts again as a rule is edited: after a pause asks what the button beside the count asks, and
// puts the answered sentence in place. Until then the old one is pale; where no answer comes, it
// stays pale, and the button is the way.
const count = document.getElementById("counted");
const button = document.getElementById("recount");
const pause_ms = 150;
let timer = 0, asked = new AbortController();

async function recount() {
  const { signal } = asked = new AbortController();
  const body = new URLSearchParams(new FormData(button.form, button));
  const answer = await fetch(button.form.getAttribute("action"), { method: "POST", body, signal });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("counted");
  if (!fresh || signal.aborted) return;
  count.replaceChildren(...fresh.childNodes);
  count.classList.remove("late");
}

button.form.addEventListener("input", event => {
  if (!event.target.name.startsWith("r.")) return;
  asked.abort();
  clearTimeout(timer);
  count.classList.add("late");
  timer = setTimeout(() => recount().catch(() => {}), pause_ms);
});
