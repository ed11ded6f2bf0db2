// Puts the cursor into the first field of the open dialog, and tells when Enter is pressed in it.
export default function ({ setTriggerValue }) {
  let field = null;
  let tries = 40;
  const pressed = (event) => {
    if (event.key === "Enter" && !event.isComposing) setTriggerValue("entered", event.target.value);
  };
  const aim = () => {
    const found = document.querySelector('[role="dialog"] input');
    if (found && found !== field) {
      field?.removeEventListener("keydown", pressed);
      field = found;
      field.addEventListener("keydown", pressed);
    }
    // a dialog takes the focus itself, a little after it is drawn
    if (field && document.activeElement === field) return;
    field?.focus();
    if (--tries > 0) timer = setTimeout(aim, 50);
  };
  let timer = setTimeout(aim, 0);
  return () => {
    clearTimeout(timer);
    field?.removeEventListener("keydown", pressed);
  };
}
