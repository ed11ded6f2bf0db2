// Presses Cancel of the open dialog at the Escape key, unless that key closes a list or a calendar first.
const OPEN = '[role="listbox"], [role="grid"][aria-roledescription], [data-baseweb="calendar"], [role="menu"]';
const CANCEL = '[role="dialog"] [class*="st-key-"][class*="-cancel"] button';

export default function () {
  const pressed = (event) => {
    if (event.key !== "Escape" || event.isComposing || document.querySelector(OPEN)) return;
    document.querySelector(CANCEL)?.click();
  };
  // before whatever is open hears of it: afterwards nobody could tell that it was
  window.addEventListener("keydown", pressed, true);
  return () => window.removeEventListener("keydown", pressed, true);
}
