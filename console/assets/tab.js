// Brings the tab that is open into sight, once the page is drawn: a narrow window begins with the first tabs.
const SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]';

export default function () {
  let tries = 100;
  const aim = () => {
    const open = document.querySelector(`${SETTLED} [data-testid="stMain"] [role="tab"][aria-selected="true"]`);
    if (open) open.scrollIntoView({ block: "nearest", inline: "nearest" });
    else if (--tries > 0) timer = setTimeout(aim, 50);
  };
  let timer = setTimeout(aim, 0);
  return () => clearTimeout(timer);
}
