// The pieces of a row's words that belong to sends are in their colours.
function pieces(parent, spans, translate) {
  for (const [send, hex] of spans) {
    const text = translate(textOf(hex));
    const piece = make("span", send ? "piece from" : "", text);
    if (send) {
      piece.dataset.send = send;
      piece.style.setProperty("--colour", colourOf(send));
    }
    parent.append(piece);
  }
}

function chip(send) {
  const element = make("span", "chip", `#${send}`);
  element.style.setProperty("--colour", colourOf(send));
  return element;
}

function fillLabel(label, row) {
  const w = words();
  const text = row.text === undefined ? "" : textOf(row.text);
  const add = (className, words) => label.append(make("span", className, words));
  switch (row.kind) {
    case "wait": add("words", w.wait(text)); break;
    case "connect": case "accept":
      if (row.error) add("error", w.failed(row.kind) + textOf(row.error));
      else add("", row.kind === "connect"
        ? w.connect(row.took && milliseconds(row.took)) : "accept");
      break;
    case "send":
      add("", row.arrived ? w.arrived : "send ");
      label.append(chip(row.number));
      add("", ` ${w.bytes(row.len)} `); pieces(label, row.with, w.with);
      if (row.fate) add("error", ` ${w.fate[row.fate]}`);
      break;
    case "sent": {
      const [before, after] = w.sent(milliseconds(row.took), row.len);
      add("", before); label.append(chip(row.number));
      if (row.error) add("error", ` ${textOf(row.error)}`);
      else add("", after);
      break;
    }
    case "recv":
      add("", `recv ${w.bytes(row.len)}`);
      pieces(label, row.from, w.from);
      add("", " "); pieces(label, row.with, w.with);
      break;
    case "sendFails": case "recvFails": {
      const call = row.kind === "sendFails" ? "send" : "recv";
      if (row.timeout) add("error", w.timeout(call, milliseconds(row.timeout)));
      else if (row.lost.length) {
        add("error", w.refused(call));
        for (const send of row.lost) label.append(" ", chip(send));
      } else add("error", w.failed(call) + textOf(row.error));
      break;
    }
    case "end": add("", w.end); break;
    case "endArrives": add("", w.endArrives); break;
    case "shut": add("", w.shut); break;
    case "close": add("", w.close(row.unread)); break;
    case "print": add("", w.print); add("", text); break;
    case "say": add(text.startsWith("error:") ? "error" : "words", text); break;
    case "exit": add("error", text); break;
    case "skip": add("words", text); break;
    case "network":
      if (row.does === "cuts") add("error", w.network.cuts(row.len));
      if (row.does === "loses") add("error", w.network.loses(row.len));
      if (row.does === "nobody") {
        add("error", w.network.nobody);
        for (const send of row.lost) label.append(" ", chip(send));
      }
      break;
  }
}
