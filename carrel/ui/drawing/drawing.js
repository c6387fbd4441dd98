// Builds the nodes with the DOM's own methods: what comes from users is only ever text or the value of an attribute.

const SETTLE_MILLISECONDS = 500;

export default function ({ data, parentElement, setTriggerValue }) {
  const root = rootIn(parentElement);
  root.report = (action, value) => setTriggerValue("event", { action, value });
  const shown = JSON.stringify(data.nodes);
  if (root.shown !== shown) {
    const open = new Set([...root.querySelectorAll("details[open][id]")].map((element) => element.id));
    const focused = root.contains(document.activeElement) ? document.activeElement.id : "";
    root.replaceChildren(...data.nodes.map(built));
    for (const element of root.querySelectorAll("details[id]")) element.open ||= open.has(element.id);
    if (focused) root.querySelector(`#${CSS.escape(focused)}`)?.focus({ preventScroll: true });
    root.shown = shown;
    showPlace(root);
    if (root.turned) root.scrollIntoView({ block: "start" });
    root.turned = false;
  }
  return () => document.removeEventListener("selectionchange", root.onSelection);
}

function rootIn(parent) {
  const existing = parent.querySelector(":scope > .carrel");
  if (existing) {
    document.addEventListener("selectionchange", existing.onSelection);
    return existing;
  }
  const root = document.createElement("div");
  root.className = "carrel";
  root.addEventListener("click", (event) => onClick(root, event));
  root.addEventListener("change", (event) => onChange(root, event));
  root.onSelection = debounced(() => offerSelection(root));
  document.addEventListener("selectionchange", root.onSelection);
  parent.appendChild(root);
  return root;
}

function built(node) {
  if (typeof node === "string") return document.createTextNode(node);
  const [tag, attributes, children] = node;
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (tag === "input") element.checked = element.hasAttribute("checked");
  element.append(...children.map(built));
  return element;
}

function onClick(root, event) {
  const element = event.target.closest("[data-action]");
  if (!element || element.tagName === "INPUT") return;
  // A link keeps what a browser does with it: a new tab or window.
  if (element.tagName === "A" && (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0)) return;
  event.preventDefault();
  root.turned = element.hasAttribute("data-turns");
  const value = element.hasAttribute("data-ticked") ? ticked(root) : JSON.parse(element.dataset.value ?? "null");
  if (!element.hasAttribute("data-ticked") || value.length) root.report(element.dataset.action, value);
}

// Ticking stays here: what is ticked is told by the button that does something with it.
function onChange(root, event) {
  if (!event.target.hasAttribute("data-all")) return;
  for (const box of boxes(root)) box.checked = event.target.checked;
}

function boxes(root) {
  return [...root.querySelectorAll("input[type=checkbox][data-value]")];
}

function ticked(root) {
  return boxes(root).filter((box) => box.checked).map((box) => JSON.parse(box.dataset.value));
}

// Marking characters of a text offers to keep them as the right answer.
function offerSelection(root) {
  const selection = document.getSelection();
  const bar = root.querySelector(".offer");
  const range = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
  const text = range && closest(range.commonAncestorContainer, "[data-text]");
  if (!text || !root.contains(text)) {
    if (bar && !bar.contains(document.activeElement)) bar.remove();
    return;
  }
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const chosen = trimmed(before.toString(), range.toString());
  bar?.remove();
  if (!chosen.text) return;
  const start = Number(text.dataset.text) + [...chosen.before].length;
  const value = { ...JSON.parse(text.dataset.value ?? "{}"), start, end: start + [...chosen.text].length, text: chosen.text };
  text.after(offer(root, value));
}

function trimmed(before, text) {
  const lead = text.length - text.trimStart().length;
  return { before: before + text.slice(0, lead), text: text.trim() };
}

function offer(root, value) {
  const bar = document.createElement("div");
  bar.className = "offer";
  bar.setAttribute("role", "status");
  const words = document.createElement("bdi");
  words.textContent = value.text.length > 120 ? [...value.text].slice(0, 120).join("") + "…" : value.text;
  const keep = document.createElement("button");
  keep.type = "button";
  keep.textContent = "This is the right answer";
  keep.addEventListener("pointerdown", (event) => event.preventDefault());
  keep.addEventListener("click", () => {
    root.report("select", value);
    document.getSelection().removeAllRanges();
    bar.remove();
  });
  bar.append(words, keep);
  return bar;
}

function closest(node, selector) {
  return (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest(selector);
}

// Brings the marked place of a document into view, once the page around it has been laid out.
function showPlace(root) {
  const place = root.querySelector("[data-place]");
  if (!place) return;
  const began = Date.now();
  const show = () => place.isConnected && place.scrollIntoView({ block: "center" });
  const again = () => {
    show();
    if (Date.now() - began < SETTLE_MILLISECONDS) setTimeout(again, 100);
  };
  requestAnimationFrame(again);
}

function debounced(call) {
  let waiting;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(call, 120);
  };
}
