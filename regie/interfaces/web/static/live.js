// Follows the workspace: when told of a change, asks for this page again and puts its live parts
// in place (without what another site may have put behind its address: these pages take nothing
// there). While somebody's focus is inside one, that part waits until they leave it.
const parts = "[data-live]";
const source = new EventSource(document.getElementById("live").dataset.live);
let late = false;

async function renew() {
  const answer = await fetch(location.pathname);
  if (!answer.ok || answer.redirected) return source.close();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  late = false;
  for (const old of [...document.querySelectorAll(parts)]) {
    const fresh = page.getElementById(old.id);
    if (!fresh || fresh.outerHTML === old.outerHTML) continue;
    if (old.contains(document.activeElement)) late = true;
    else old.replaceWith(fresh);
  }
}

source.addEventListener("changed", renew);
document.addEventListener("focusout", () => { if (late) setTimeout(renew, 0); });
