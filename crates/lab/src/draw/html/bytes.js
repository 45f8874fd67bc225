// The bytes of a send or a recv, as text and as hex.

function letters(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at];
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const piece = bytes.slice(at, at + length);
    let text;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
        .decode(piece);
    } catch {
      found.push(["·", 1]);
      at += 1;
      continue;
    }
    const code = text.codePointAt(0);
    const unseen = /[\p{C}\p{Zl}\p{Zp}]/u.test(text);
    found.push([unseen ? `\\u{${code.toString(16)}}` : text, length]);
    at += length;
  }
  return found;
}

function cells(title, send, bytes, from, to, more) {
  const box = make("div", "cells");
  box.style.setProperty("--colour", send ? colourOf(send) : "var(--grey)");
  const head = make("span", "of", title);
  head.style.setProperty("grid-column", `1 / span ${Math.max(1, bytes.length)}`);
  box.append(head);
  let column = 1;
  const dim = (at) => (at < from || at >= to ? "0.3" : "1");
  for (const [text, length] of letters(bytes)) {
    const cell = make("span", "letter", text);
    cell.style.setProperty("grid-column", `${column} / span ${length}`);
    cell.style.setProperty("opacity", dim(column - 1));
    box.append(cell);
    for (let n = 0; n < length; n++) {
      const at = column - 1 + n;
      const hex = make("span", "hex", bytes[at].toString(16).padStart(2, "0"));
      hex.style.setProperty("grid-column", `${column + n}`);
      hex.style.setProperty("opacity", dim(at));
      box.append(hex);
    }
    column += length;
  }
  if (more) box.append(make("span", "letter", words().more));
  return box;
}

function point(play, place) {
  for (const other of plays) {
    for (const { element } of other.lines) element.classList.remove("lit");
  }
  const row = play.data.rows[place];
  const panel = get("bytes");
  panel.replaceChildren();
  if (!row || (row.kind !== "send" && row.kind !== "recv")) {
    panel.append(make("p", "hint", words().hint));
    return;
  }
  const light = (other) => play.lines[other]?.element.classList.add("lit");
  if (row.kind === "send") {
    const bytes = bytesOf(row.head);
    panel.append(cells(`#${row.number} · ${row.len} B`, row.number, bytes, 0,
      bytes.length, row.len > bytes.length));
    light(place);
    play.data.rows.slice(0, play.shown).forEach((other, at) => {
      if (other.slices?.some(([send]) => send === row.number)) light(at);
    });
    return;
  }
  light(place);
  if (!row.slices.length) {
    const bytes = bytesOf(row.head);
    panel.append(cells(`${row.len} B`, 0, bytes, 0, bytes.length,
      row.len > bytes.length));
  }
  for (const [send, from, to, of] of row.slices) {
    const origin = play.sends.get(send);
    if (origin === undefined) continue;
    light(origin);
    const bytes = bytesOf(play.data.rows[origin].head);
    const part = from === 0 && to === of ? "" : `[${from}..${to}]`;
    panel.append(cells(`#${send}${part}`, send, bytes, from, to,
      of > bytes.length));
  }
}
