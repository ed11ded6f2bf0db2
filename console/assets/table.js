// The one kind of table (console/widgets/table.py). It has one place in the order of the Tab key: arrows
// lead to its headings, boxes and names, Space ticks a row, Enter opens what has the keyboard.
const ROW = 35; // pixels, as in table.css
const WHOLE = 250; // tables of more rows have those in sight only
const SPARE = 30;
const [TICK, TURNED, SHARE, LONGEST] = [40, 28, 110, 640]; // pixels of columns
const tables = new WeakMap();

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  let table = tables.get(parentElement);
  if (!table) tables.set(parentElement, (table = new Table(parentElement)));
  const { columns, table: about, ticked } = JSON.parse(new TextDecoder().decode(data));
  table.tell = { ticked: setStateValue, opened: setTriggerValue };
  table.box.style.colorScheme = getComputedStyle(document.querySelector(".stApp")).colorScheme; // for dialogs
  table.show({ ...about, columns }, ticked);
  const turn = (table.turn = (table.turn || 0) + 1);
  // an earlier call may be ended when a later one has the table already, or shortly before it has
  const end = () => turn === table.turn && tables.delete(parentElement) && table.end();
  return () => (parentElement.isConnected ? setTimeout(end, 2000) : end());
}

function made(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

class Table {
  constructor(parent) {
    this.box = made("div", "console-table");
    this.table = this.box.appendChild(made("table"));
    this.shape = this.table.appendChild(made("colgroup"));
    this.head = this.table.appendChild(made("thead")).appendChild(made("tr"));
    this.body = this.table.appendChild(made("tbody"));
    parent.append(this.box);
    const style = parent.querySelector("link");
    this.box.hidden = Boolean(style && !style.sheet); // it comes when it comes
    style?.addEventListener("load", () => {
      this.box.hidden = false;
      this.measure();
    });
    this.at = [1, 1]; // where the keyboard comes to: the line (0 is the heading) and what of it
    this.box.addEventListener("scroll", () => this.draw());
    this.box.addEventListener("click", (event) => this.clicked(event));
    this.box.addEventListener("change", (event) => this.ticks(event.target));
    this.box.addEventListener("keydown", (event) => this.pressed(event));
    this.box.addEventListener("focusin", (event) => this.came(event.target));
    this.box.addEventListener("pointerover", (event) => tellWhole(event.target.closest("td, th")));
    this.watch = new ResizeObserver(() => (!this.wanted || this.around !== parent.clientWidth) && this.fit());
    this.watch.observe(parent);
    this.over = new AbortController();
    for (const moment of ["beforeprint", "afterprint"]) {
      const print = () => {
        this.printed = moment === "beforeprint"; // on paper nobody scrolls
        this.draw();
      };
      window.addEventListener(moment, print, { signal: this.over.signal });
    }
  }

  end() {
    this.watch.disconnect();
    this.over.abort();
    this.box.remove();
  }

  show(given, ticked) {
    const said = JSON.stringify(given);
    if (said === this.said) return;
    // what is ticked is known here best: what comes back may be older than the last click
    this.ticked ||= new Set(ticked);
    const kept = this.box.contains(document.activeElement);
    this.said = said;
    this.given = given;
    this.columns = given.columns;
    this.rows = this.columns[0]?.values.length || 0;
    this.names = this.columns.find((column) => column.name === given.opens) || this.columns[0];
    this.box.classList.toggle("narrow", !given.wide);
    this.box.classList.toggle("chooses-one", given.ticks === "one" && !given.opens);
    this.table.setAttribute("aria-label", given.alt);
    this.table.setAttribute("aria-rowcount", this.rows + 1);
    if (given.ticks || given.opens) this.table.setAttribute("role", "grid");
    if (given.ticks === "many") this.table.setAttribute("aria-multiselectable", "true");
    const here = this.order?.[this.at[0] - 1]; // the row that the keyboard comes to, in whatever order
    this.sort();
    if (here < this.rows) this.at[0] = this.order.indexOf(here) + 1;
    this.drawAll(kept);
    this.measure();
  }

  drawAll(kept) {
    this.drawHead();
    this.drawn = null;
    this.draw(kept);
  }

  sort() {
    this.order = Array.from({ length: this.rows }, (_, row) => row);
    const column = this.columns.find(({ name }) => name === this.by);
    if (!column) return;
    const key = (row) => {
      if (column.order.length) return column.order[row];
      const value = column.values[row];
      if (isTime(column)) return value && value[0];
      return Array.isArray(value) ? textOf(column, row) : value;
    };
    const turned = this.down ? -1 : 1;
    this.order.sort((one, other) => {
      const [a, b] = [key(one), key(other)];
      const [noA, noB] = [a === null || a === "", b === null || b === ""];
      if (noA || noB) return noA - noB; // what isn't there comes last
      if (typeof a === "string" || typeof b === "string") return turned * COLLATOR.compare(String(a), String(b));
      return turned * (a - b);
    });
  }

  drawHead() {
    const cells = [];
    if (this.given.ticks) {
      const cell = made("th", "tick");
      if (this.given.ticks === "many") cell.append(this.checkbox(-1, "Select all rows"));
      else cell.append(made("span", "unseen", "Selected"));
      cells.push(cell);
    }
    this.columns.forEach((column, number) => {
      const cell = made("th", looks(column));
      cell.scope = "col";
      const button = cell.appendChild(made("button", "", column.title));
      button.type = "button";
      button.dataset.sorts = number;
      if (column.help) button.title = column.help;
      if (column.name === this.by) cell.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      cells.push(cell);
    });
    this.head.setAttribute("aria-rowindex", 1);
    this.head.replaceChildren(...cells);
    this.all();
  }

  // Draw the rows in sight and those near, and the one that the keyboard comes to; `kept`: it is there.
  draw(kept = this.body.contains(document.activeElement)) {
    let [first, last] = [0, this.rows];
    if (this.rows > WHOLE && !this.printed) {
      const seen = Math.min(this.rows - 1, Math.floor(this.box.scrollTop / ROW / 10) * 10);
      first = Math.max(0, seen - SPARE);
      last = Math.min(this.rows, seen + this.given.rows + 2 * SPARE);
    }
    if (this.drawn && this.drawn[0] === first && this.drawn[1] === last) return;
    const had = new Map(this.drawn && Array.from(this.body.rows, (line) => [Number(line.dataset.place), line]));
    this.drawn = [first, last];
    const places = Array.from({ length: last - first }, (_, place) => first + place);
    const here = Math.min(this.at[0], this.rows) - 1;
    if (here >= 0 && here < first) places.unshift(here);
    if (here >= last) places.push(here);
    const lines = [];
    let next = 0;
    for (const place of [...places, this.rows]) {
      if (place > next) lines.push(gap(place - next));
      if (place < this.rows) lines.push(had.get(place) || this.line(this.order[place], place));
      next = place + 1;
    }
    this.body.replaceChildren(...lines);
    this.pin();
    this.stop(kept);
  }

  line(row, place) {
    const line = made("tr");
    line.dataset.row = row;
    line.dataset.place = place;
    line.setAttribute("aria-rowindex", place + 2);
    if (this.given.ticks) {
      line.setAttribute("aria-selected", this.ticked.has(row));
      const name = textOf(this.names, row) || `row ${row + 1}`;
      line.appendChild(made("td", "tick")).append(this.checkbox(row, `Select ${name}`));
    }
    for (const column of this.columns) line.append(this.cell(column, row));
    return line;
  }

  checkbox(row, label) {
    const around = made("label");
    const box = around.appendChild(made("input"));
    box.type = "checkbox";
    box.tabIndex = -1;
    box.dataset.ticks = row;
    box.checked = this.ticked.has(row);
    box.setAttribute("aria-label", label);
    return around;
  }

  cell(column, row) {
    const value = column.values[row];
    const text = textOf(column, row);
    const cell = made("td", looks(column));
    if (column.name === this.given.opens && text && this.given.links[row] !== "") {
      cell.append(this.opener(row, text));
    } else if (column.kind === "share" && text) {
      const share = cell.appendChild(made("div", "share", `${Math.floor(100 * value)} %`));
      share.style.setProperty("--share", `${100 * value}%`);
    } else {
      cell.textContent = text;
      const more = isTime(column) && text ? value[2] : column.more[row];
      if (more) cell.title = more;
    }
    return cell;
  }

  opener(row, text) {
    const link = this.given.links[row];
    const opener = made(link ? "a" : "button", "", text);
    if (link) opener.href = link;
    else opener.type = "button";
    opener.tabIndex = -1;
    opener.dataset.opens = row;
    return opener;
  }

  // How wide each column has to be: for the longest of its cells, for nine of ten, for its heading. Worked
  // out, not laid out: a browser takes ten times as long for that.
  measure() {
    this.wanted = null;
    const { scrollLeft, scrollTop } = this.box;
    this.body.hidden = true; // its rows are laid out once, with their widths
    if (this.box.clientWidth) this.tellWidths(); // not in a tab that isn't open, or without its style
    this.body.hidden = false;
    if (scrollLeft || scrollTop) this.box.scrollTo(scrollLeft, scrollTop);
  }

  tellWidths() {
    const heading = this.head.lastChild;
    const [inCell, inHeading] = [measuring(this.table), measuring(heading)];
    const around = 2 * parseFloat(getComputedStyle(heading).paddingLeft) + 2;
    const rows = this.order.slice(...this.drawn);
    const widths = this.columns.map((column) => {
      if (column.turned) return [TURNED, TURNED, TURNED];
      const least = inHeading(column.title) + around;
      const cells = rows.map((row) => (column.kind === "share" ? SHARE : inCell(textOf(column, row)) + around));
      cells.sort((a, b) => a - b);
      const of = (share) => Math.ceil(Math.max(least, Math.min(LONGEST, cells[Math.floor((cells.length - 1) * share)] || 0)));
      return [of(1), of(isText(column) ? 0.9 : 1), Math.ceil(least)];
    });
    if (this.given.ticks) widths.unshift([TICK, TICK, TICK]);
    [this.wanted, this.usual, this.headings] = [0, 1, 2].map((which) => widths.map((width) => width[which]));
    this.fit();
  }

  // Give each column what it wants where there is room, else what it keeps at least.
  fit() {
    if (!this.box.clientWidth || !this.columns?.length) return;
    if (!this.wanted) return this.measure();
    const frame = 2 + (this.rows > this.given.rows ? scrollBar() : 0);
    this.around = this.box.parentElement.clientWidth;
    const room = this.around - frame;
    const ticks = this.given.ticks ? 1 : 0;
    const least = this.wanted.map((width, place) => {
      const column = this.columns[place - ticks];
      if (!isText(column)) return width; // half a number or a time says nothing
      return Math.min(width, Math.max(column.width || 110, this.headings[place]));
    });
    // first what most cells need: one long name of a hundred cuts no address; what scrolls has room for that
    const scrolls = sum(least) > room;
    const most = (place) => Math.max(least[place], this.columns[place - ticks]?.pinned ? 0 : 240);
    const usual = this.usual.map((width, place) => (scrolls ? Math.min(width, most(place)) : width));
    let widths = shared(shared(least, usual, scrolls ? Infinity : room), this.wanted, room);
    if (this.given.wide && sum(widths) < room) {
      // a little for each, the rest for the last column of text
      const more = Math.min(20, Math.floor((room - sum(widths)) / this.columns.length));
      widths = widths.map((width, place) => (place < ticks ? width : width + more));
      const text = this.columns.findLastIndex((column) => !column.right);
      widths[(text < 0 ? this.columns.length - 1 : text) + ticks] += room - sum(widths);
    }
    this.widths = widths;
    this.room = room;
    this.shape.replaceChildren(...widths.map((width) => {
      const column = made("col");
      column.style.width = `${width}px`;
      return column;
    }));
    this.table.style.width = `${sum(widths)}px`;
    this.box.style.width = this.given.wide ? "" : `${sum(widths) + frame}px`;
    const below = 2 + (sum(widths) > room ? scrollBar() : 0);
    this.box.style.maxHeight = `${this.head.offsetHeight + ROW * this.given.rows + below}px`;
    this.pin();
  }

  // Columns that say what a row is stay in view, as many as leave room for others.
  pin() {
    if (!this.widths) return;
    const ticks = this.given.ticks ? 1 : 0;
    const first = this.columns.findIndex((column) => !column.pinned && column.name !== this.given.opens);
    const left = [0];
    for (const width of this.widths.slice(0, Math.max(0, first) && first + ticks)) {
      if (left.at(-1) + width > this.room * 0.6) break;
      left.push(left.at(-1) + width);
    }
    this.covered = left.pop();
    const moves = sum(this.widths) > this.room;
    for (const line of [this.head, ...this.body.rows]) {
      if (line.classList.contains("gap")) continue;
      [...line.cells].forEach((cell, place) => {
        cell.classList.toggle("pinned", place < left.length);
        cell.classList.toggle("edge", moves && place === left.length - 1);
        cell.style.left = place < left.length ? `${left[place]}px` : "";
      });
    }
  }

  clicked(event) {
    const { sorts, opens, ticks } = event.target.closest("[data-sorts], [data-opens], [data-ticks]")?.dataset || {};
    if (sorts !== undefined) {
      const { name } = this.columns[sorts];
      if (this.by !== name) [this.by, this.down] = [name, false];
      else if (!this.down) this.down = true;
      else this.by = undefined;
      this.sort();
      this.drawAll(false);
      this.go(0, Number(sorts) + (this.given.ticks === "many" ? 1 : 0));
    } else if (opens !== undefined) {
      if (event.target.href && (event.ctrlKey || event.metaKey || event.shiftKey)) return; // another tab
      event.preventDefault();
      this.tell.opened("opened", Number(opens));
    } else if (ticks !== undefined) {
      // with Shift all from the one before to this
      const [last, place] = [this.order.indexOf(this.last), this.order.indexOf(Number(ticks))];
      const other = event.shiftKey && last >= 0 ? last : place;
      this.reach = [Math.min(other, place), Math.max(other, place) + 1];
    } else if (this.box.matches(".chooses-one") && !event.target.closest("label") && !String(getSelection())) {
      event.target.closest("tr[data-row]")?.querySelector("input").click();
    }
  }

  ticks(box) {
    const row = Number(box.dataset.ticks);
    if (row < 0) this.ticked = new Set(box.checked ? this.order : []);
    else if (this.given.ticks === "one") this.ticked = new Set(box.checked ? [row] : []);
    else this.order.slice(...this.reach).forEach((other) => this.ticked[box.checked ? "add" : "delete"](other));
    this.last = row;
    for (const line of this.body.querySelectorAll("tr[data-row]")) {
      const is = this.ticked.has(Number(line.dataset.row));
      line.setAttribute("aria-selected", is);
      line.querySelector("input").checked = is;
    }
    this.all();
    this.tell.ticked("ticked", [...this.ticked].sort((one, other) => one - other));
  }

  // The box of the heading says whether all are ticked, or some.
  all() {
    const box = this.head.querySelector("input");
    if (!box) return;
    box.checked = this.rows > 0 && this.ticked.size === this.rows;
    box.indeterminate = this.ticked.size > 0 && !box.checked;
  }

  // What the keyboard can come to in a line: its box, its name; in the heading all of them.
  stops(line) {
    return line ? [...line.querySelectorAll("input, button, a")] : [];
  }

  lineAt(place) {
    return place ? this.body.querySelector(`tr[data-place="${place - 1}"]`) : this.head;
  }

  came(target) {
    const line = target.closest("tr");
    if (!line || !target.matches("input, button, a")) return;
    const place = line === this.head ? 0 : Number(line.dataset.place) + 1;
    this.at = [place, this.stops(line).indexOf(target)];
    this.stop(false);
    tellWhole(target.closest("td, th"));
  }

  // One stop for the Tab key; `focus`: it has the keyboard, too.
  stop(focus) {
    for (const element of this.stops(this.table)) element.tabIndex = -1;
    const stops = this.stops(this.lineAt(Math.min(this.at[0], this.rows)));
    const target = stops[Math.min(Math.max(0, this.at[1]), stops.length - 1)] || this.stops(this.head)[0];
    if (target) target.tabIndex = 0;
    if (focus) target?.focus({ preventScroll: true });
    return target;
  }

  go(place, stop) {
    this.at = [place, stop];
    if (place) {
      const top = (place - 1) * ROW;
      if (top < this.box.scrollTop) this.box.scrollTop = top;
      const under = this.head.offsetHeight + top + ROW - this.box.clientHeight;
      if (under > this.box.scrollTop) this.box.scrollTop = under;
      this.draw();
    }
    const target = this.stop(true);
    target?.scrollIntoView({ block: "nearest", inline: "nearest" });
    const cell = target?.closest("th, td");
    if (!cell || cell.classList.contains("pinned")) return;
    const behind = this.box.getBoundingClientRect().left + this.covered - cell.getBoundingClientRect().left;
    if (behind > 0) this.box.scrollLeft -= behind;
  }

  pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || !event.target.matches("input, button, a")) return;
    const [place, stop] = this.at;
    const inRow = Boolean(this.given.ticks) + Boolean(this.given.opens);
    const page = Math.max(1, this.given.rows - 1);
    const last = inRow ? this.rows : 0;
    const to = (there, which = stop) => {
      event.preventDefault();
      this.go(Math.min(Math.max(0, there), last), Math.max(0, which));
    };
    // a heading has a stop for each column, a row its box and its name
    const across = (there) => (there ? Math.min(stop, inRow - 1) : stop);
    switch (event.key) {
      case "ArrowDown": if (inRow) to(place + 1, across(place + 1)); break;
      case "ArrowUp": if (inRow) to(place - 1, across(place - 1)); break;
      case "PageDown": if (inRow) to(place + page, across(1)); break;
      case "PageUp": if (inRow) to(Math.max(1, place - page), across(1)); break;
      case "Home": to(Math.min(1, last), inRow ? across(1) : 0); break;
      case "End": to(last, inRow ? across(1) : this.columns.length - 1); break;
      case "ArrowRight": to(place, Math.min(stop + 1, this.stops(this.lineAt(place)).length - 1)); break;
      case "ArrowLeft": to(place, stop - 1); break;
      case " ":
        if (event.target.matches("a, td button") && this.given.ticks) {
          event.preventDefault();
          event.target.closest("tr").querySelector("input").click();
        }
        break;
      case "Enter":
        if (event.target.matches("input")) {
          event.preventDefault();
          (event.target.closest("tr").querySelector("[data-opens]") || event.target).click();
        }
        break;
    }
  }
}

const looks = ({ right, turned }) => [right ? "right" : "", turned ? "turned" : ""].join(" ");

const sum = (widths) => widths.reduce((all, width) => all + width, 0);

// What stands for rows that aren't drawn.
function gap(rows) {
  const line = made("tr", "gap");
  line.setAttribute("aria-hidden", "true");
  line.appendChild(made("td")).style.height = `${rows * ROW}px`;
  return line;
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

// These widths nearer to those that are wanted, as far as there is room; those that lack little come first.
function shared(widths, wanted, room) {
  const lacks = wanted.map((width, place) => [width - widths[place], place]).sort(([a], [b]) => a - b);
  let spare = Math.max(0, room - sum(widths));
  const given = [...widths];
  lacks.forEach(([lack, place], turn) => {
    const more = Math.max(0, Math.min(lack, Math.floor(spare / (lacks.length - turn))));
    given[place] += more;
    spare -= more;
  });
  return given;
}

// How many pixels a scroll bar takes; none where it lies over what is scrolled.
function scrollBar() {
  const box = made("div");
  box.style.cssText = "position: absolute; visibility: hidden; overflow: scroll; width: 100px; height: 100px";
  document.body.append(box);
  const width = box.offsetWidth - box.clientWidth;
  box.remove();
  return width;
}

const pen = document.createElement("canvas").getContext("2d");

// Tells how wide a text is in the letters of this element.
function measuring(element) {
  const { font } = getComputedStyle(element);
  const known = new Map();
  return (text) => {
    if (!known.has(text)) {
      if (pen.known !== font) pen.font = pen.known = font;
      known.set(text, pen.measureText(text).width);
    }
    return known.get(text);
  };
}

const isText = (column) => column?.kind === "text" || column?.kind === "list";

const isTime = ({ kind }) => kind === "minute" || kind === "day";

function textOf(column, row) {
  const value = column.values[row];
  if (value === null) return "";
  if (isTime(column)) return value[1];
  if (column.kind === "check") return value ? "Yes" : "No";
  if (typeof value === "number" && !Number.isInteger(value)) return String(Number(value.toFixed(4)));
  return Array.isArray(value) ? value.join(", ") : String(value);
}

// What is cut off is told when the pointer or the keyboard comes to it.
function tellWhole(cell) {
  if (!cell || cell.dataset.told || cell.classList.contains("tick")) return;
  const cut = [cell, cell.firstElementChild].some((part) => part && part.scrollWidth > part.clientWidth);
  if (!cut) return;
  cell.dataset.told = "whole";
  cell.title = cell.title ? `${cell.textContent}\n${cell.title}` : cell.textContent;
}
