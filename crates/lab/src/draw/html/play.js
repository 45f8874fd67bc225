function sumOf(way) {
  return [...way.values()].reduce((a, b) => a + b, 0);
}

// One play: its heads, its bars, its rows, and the arrows between them.

class Play {
  constructor(data, offset) {
    this.data = data;
    this.offset = offset;
    this.sends = new Map();
    data.rows.forEach((row, place) => {
      if (row.kind === "send") this.sends.set(row.number, place);
    });
    this.shown = -1;
    this.most = this.mostOnWay();
    this.build();
  }

  build() {
    const { lanes, rows } = this.data;
    const w = words();
    const root = make("article", "play");
    this.wide = lanes.length > 2;
    if (this.wide) root.classList.add("lanes");
    root.style.setProperty("--lanes", lanes.length);
    const title = make("h2", "", this.data.title);
    title.append(make("small", "", this.data.place));
    this.bars = make("div", "bars");
    const heads = make("div", "heads");
    heads.append(make("span", "", ""));
    this.heads = lanes.map((lane) => {
      const [, word, number] = w.name(lane).match(/^(.*?)(\d*)$/);
      const head = make("span", "", number);
      head.prepend(make("span", number ? "word" : "", word));
      return head;
    });
    if (this.wide) {
      const group = make("div");
      group.append(...this.heads);
      heads.append(group, make("span"));
    } else {
      this.heads[0].style.setProperty("text-align", "right");
      heads.append(this.heads[0], make("span", "middle"), this.heads[1]);
    }
    this.middle = heads.querySelector(".middle");
    this.window = make("div", "window");
    this.rows = make("div", "rows");
    this.svg = document.createElementNS(NS, "svg");
    this.rows.append(this.svg);
    this.lines = rows.map((row, place) => this.line(row, place));
    this.tail = make("div", "tail");
    this.rows.append(this.tail);
    this.window.append(this.rows);
    this.sentence = make("p", "sentence");
    root.append(title, this.bars, heads, this.window, this.sentence);
    this.root?.replaceWith(root);
    this.root = root;
    this.shown = -1;
  }

  line(row, place) {
    const last = place ? this.data.rows[place - 1].at : row.at;
    const gap = row.at - last;
    let before = null;
    if (gap >= 40) {
      before = make("div", "gap");
      before.append(make("time", "", `⋮ ${milliseconds(gap)}`));
      // The longer the wait, the higher, as far as there is room.
      const height = 1.4 + Math.min(3.5, Math.log10(gap / 40) * 1.6);
      before.style.setProperty("height", `${height}em`);
      this.rows.append(before);
    }
    const element = make("div", "row");
    const across = row.kind === "network" || row.kind === "skip";
    element.classList.add(across ? "across" : `lane${row.lane}`);
    element.append(make("time", "", row.at.toFixed(2)));
    const label = make("div", "label");
    if (this.wide && !across) {
      const who = this.name(row) + this.beside(row);
      label.append(make("span", "who", `${who}: `));
    } else if (row.client) label.append(`${row.client}: `);
    fillLabel(label, row);
    element.append(label);
    element.addEventListener("pointerenter", () => point(this, place));
    element.addEventListener("click", () => point(this, place));
    this.rows.append(element);
    return { before, element };
  }

  // With several clients: which of them a row of the server's is about.
  beside(row) {
    const server = row.lane === this.data.lanes.length - 1;
    const one = row.client ?? (row.peer === undefined ? 0 : row.peer + 1);
    return this.wide && server && one ? words().beside(one) : "";
  }

  name(row) {
    // Many clients share a lane.
    const one = row.client && row.lane === 0 && `client ${row.client}`;
    return words().name(one || (this.data.lanes[row.lane] ?? ""));
  }

  // Shows this many rows, the newest two thirds down.
  show(count, isCurrent) {
    const rows = this.data.rows;
    if (count !== this.shown) {
      this.lines.forEach(({ before, element }, place) => {
        const hidden = place >= count;
        element.hidden = hidden;
        element.style.setProperty("display", hidden ? "none" : "");
        before?.style.setProperty("display", hidden ? "none" : "");
        element.classList.toggle("old", place < count - 1);
        element.classList.remove("lit");
      });
      this.shown = count;
      this.fillBars(count);
    }
    this.root.classList.toggle("current", isCurrent);
    this.lines.forEach(({ element }, place) => {
      element.classList.toggle("new", isCurrent && place === count - 1);
    });
    const whole = count === rows.length;
    this.sentence.textContent = whole
      ? words().done(this.data.sentence, this.counts()) : "";
    const height = this.window.clientHeight;
    this.tail.style.setProperty("height", `${height / 3}px`);
    const newest = this.lines[count - 1]?.element;
    if (newest) {
      const bottom = newest.offsetTop + newest.offsetHeight;
      this.window.scrollTop = bottom - (height * 2) / 3;
    }
    this.drawArrows(count);
  }

  counts() {
    const sum = (kind) => this.data.rows
      .filter((row) => row.kind === kind)
      .reduce((sum, row) => sum + Math.max(1, row.calls ?? 1), 0);
    return { sends: sum("send"), recvs: sum("recv") };
  }

  // What was sent and not yet received, by direction.
  onWay(count) {
    const ways = [new Map(), new Map()];
    const server = this.data.lanes.length - 1;
    for (const row of this.data.rows.slice(0, count)) {
      if (row.kind === "send" && row.onWay !== undefined &&
        row.fate !== "lost") {
        const way = ways[row.lane === server ? 1 : 0];
        way.set(row.number, row.len * (row.fate === "twice" ? 2 : 1));
      }
      if (row.kind === "recv") {
        for (const [send, from, to, of] of row.slices) {
          for (const way of ways) {
            if (!way.has(send)) continue;
            // What did not fit into a datagram's buffer is gone too.
            const left = way.get(send) - (row.udp ? of : to - from);
            if (left > 0) way.set(send, left);
            else way.delete(send);
          }
        }
      }
      // Who took what is not known of rows that are left out.
      if (row.kind === "skip") ways.forEach((way) => way.clear());
      for (const send of row.lost ?? []) ways.forEach((way) => way.delete(send));
    }
    return ways;
  }

  // The most bytes that are on the way at once, by direction.
  mostOnWay() {
    const most = [0, 0];
    const { rows } = this.data;
    if (rows.length > 500) return most;
    rows.forEach((row, place) => {
      if (row.kind !== "send") return;
      this.onWay(place + 1).forEach((way, side) => {
        most[side] = Math.max(most[side], sumOf(way));
      });
    });
    return most;
  }

  fillBars(count) {
    this.bars.replaceChildren();
    this.onWay(count).forEach((way, place) => {
      const sum = sumOf(way);
      const bar = make("div", place ? "bar left" : "bar right");
      bar.append(make("b", "", words().bar(!place)), make("i"), make("b", "", words().bytes(sum)));
      const fill = bar.children[1];
      for (const [send, left] of way) {
        const part = make("s", "", `#${send}`);
        part.style.setProperty("--colour", colourOf(send));
        part.style.setProperty("flex", `0 0 ${(left / Math.max(this.most[place], sum)) * 100}%`);
        fill.append(part);
      }
      this.bars.append(bar);
    });
  }

  // Where a lane runs.
  x(lane) {
    const origin = this.rows.getBoundingClientRect().left;
    if (this.wide) {
      const box = this.heads[lane].getBoundingClientRect();
      return box.left + box.width / 2 - origin;
    }
    const box = this.middle.getBoundingClientRect();
    return (lane === 0 ? box.left : box.right) - origin;
  }

  y(place) {
    const { element } = this.lines[place];
    return element.offsetTop + Math.min(element.offsetHeight, 34) / 2;
  }

  drawArrows(count) {
    const { lanes, rows } = this.data;
    const nodes = [];
    const add = (tag, attributes, colour) => {
      const node = document.createElementNS(NS, tag);
      for (const [name, value] of Object.entries(attributes)) {
        node.setAttribute(name, value);
      }
      node.style.setProperty(tag === "line" ? "stroke" : "fill", colour);
      nodes.push(node);
    };
    const bottom = count ? this.y(count - 1) + 12 : 0;
    lanes.forEach((_, lane) => {
      const x = this.x(lane);
      add("line", { x1: x, x2: x, y1: 0, y2: bottom, "stroke-width": 2 },
        "var(--pale)");
    });
    const arrow = (from, to, colour, width) => line(
      [this.x(rows[from].lane), this.y(from)],
      [this.x(rows[to].lane), this.y(to)], colour, width);
    const line = ([x1, y1], [x2, y2], colour, width) => {
      const length = Math.hypot(x2 - x1, y2 - y1) || 1;
      const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
      const [x, y] = [x2 - ux * 7, y2 - uy * 7];
      add("line", { x1, y1, x2: x, y2: y, "stroke-width": width }, colour);
      const point = (along, across) =>
        `${x2 - ux * along - uy * across},${y2 - uy * along + ux * across}`;
      add("polygon", { points: `${x2},${y2} ${point(11, 5)} ${point(11, -5)}` },
        colour);
    };
    const taken = new Set();
    const lost = new Set(rows.slice(0, count).flatMap((row) => row.lost ?? []));
    for (let place = 0; place < count; place++) {
      const row = rows[place];
      if (row.kind === "wait") {
        const y = this.y(place);
        const end = row.until < count ? this.y(row.until) : bottom;
        add("rect", { x: this.x(row.lane) - 5, y, width: 10, rx: 5,
          height: Math.max(8, end - y) }, "var(--wait)");
      }
      if (row.kind === "recv") {
        for (const [send] of row.slices) {
          taken.add(send);
          if (this.sends.has(send)) {
            arrow(this.sends.get(send), place, colourOf(send), 3);
          }
        }
      }
      if (row.kind === "connect" && !row.error) {
        // It is the system that answers, whatever the program does.
        const [x, y] = [this.x(row.lane), this.y(place)];
        line([x, y], [this.x(lanes.length - 1), y], "var(--grey)", 2);
      }
      if (row.kind === "accept" && !row.error) {
        const other = this.before(place, ["connect"]);
        if (other >= 0) {
          // Until now it waited in the backlog.
          const x = this.x(row.lane) - 9;
          add("line", { x1: x, x2: x, y1: this.y(other), y2: this.y(place),
            "stroke-width": 2, "stroke-dasharray": "2 4" }, "var(--grey)");
        }
      }
      if (row.kind === "end") {
        const other = this.before(place, ["close", "shut", "endArrives"]);
        if (other >= 0) arrow(other, place, "var(--grey)", 2);
      }
    }
    for (let place = 0; place < count; place++) {
      const row = rows[place];
      if (!row.across && row.kind !== "network" && row.kind !== "skip") {
        const colour = row.kind === "send" ? colourOf(row.number) : "var(--ink)";
        add("circle", { cx: this.x(row.lane), cy: this.y(place), r: 4 }, colour);
      }
      if (row.kind === "send" && !taken.has(row.number)) {
        // Nobody has taken it yet: it is on its way, or lost.
        const [x, y] = [this.x(row.lane), this.y(place)];
        const to = this.x(row.peer ?? (row.lane ? 0 : lanes.length - 1));
        const end = x + (to - x) * 0.5;
        add("line", { x1: x, y1: y, x2: end, y2: y + 6, "stroke-width": 3,
          "stroke-dasharray": "5 4" }, colourOf(row.number));
        if (row.fate === "lost" || lost.has(row.number)) {
          for (const side of [-6, 6]) {
            add("line", { x1: end - 6, y1: y + 6 - side, x2: end + 6,
              y2: y + 6 + side, "stroke-width": 3 }, "var(--red)");
          }
        }
      }
    }
    this.svg.style.setProperty("height", `${this.rows.scrollHeight}px`);
    this.svg.replaceChildren(...nodes);
  }

  // The latest row before a place that is of these kinds, and the peer's.
  before(place, kinds) {
    const { rows } = this.data;
    const row = rows[place];
    const fits = (other) => other.lane !== row.lane && !other.error &&
      kinds.includes(other.kind) &&
      (row.peer === undefined || other.lane === row.peer);
    return rows.slice(0, place).findLastIndex(fits);
  }

  news(place) {
    const row = this.data.rows[place];
    const text = row.text === undefined ? "" : textOf(row.text);
    const slices = row.slices ?? [];
    const [send, from, to, of] = slices[0] ?? [];
    const whole = slices.length === 1 && from === 0 && to === of;
    const facts = {
      ...row, slices, whole, words: text,
      who: NEWS[language].who(this.name(row)) + this.beside(row),
      reason: row.error === undefined ? "" : textOf(row.error),
      cut: row.udp && send && !whole,
    };
    const kind = row.error !== undefined || /Fails$/.test(row.kind)
      ? "fails" : row.kind;
    const sentence = NEWS[language][kind](facts);
    return sentence[0].toUpperCase() + sentence.slice(1);
  }
}
