"use strict";
// What a run was, one row a step. Everything that a program said arrives here
// as hex, and reaches the page as text, never as markup.
const run = JSON.parse(document.getElementById("run").textContent);

const COLOURS = 6;
const NS = "http://www.w3.org/2000/svg";
const get = (id) => document.getElementById(id);

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function bytesOf(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function textOf(hex) {
  return new TextDecoder().decode(bytesOf(hex));
}

function colourOf(send) {
  return `var(--c${((send + COLOURS - 1) % COLOURS) + 1})`;
}

// Every word of the page, in both languages.

const WORDS = {
  en: {
    name: (name) => name,
    bar: (server) => (server ? "→ to server" : "← to client"),
    bytes: (n) => `${n} B`,
    wait: (words) => words,
    connect: (took) => (took ? `connect, after ${took}` : "connect"),
    sent: (took, len) => ["send ", ` is out, ${len} B, after ${took}`],
    failed: (call) => `${call} fails: `,
    timeout: (call, after) => `${call}: nothing in ${after}`,
    refused: (call) => `${call}: refused, nobody was there for`,
    end: "end of stream",
    shut: "shutdown: no more to send",
    close: (unread) => (unread ? `close, ${unread} B unread` : "close"),
    print: "prints ",
    network: {
      cuts: (n) => `network: cuts the connection after ${n} bytes`,
      loses: (n) => `network: loses a datagram of ${n} B`,
      nobody: "network: met nobody:",
    },
    from: (text) => text,
    with: (text) => text,
    hint: "Point at a send or a recv, or tap it: its bytes are shown here.",
    more: "…",
    pieces: "no bytes",
    start: "Press → for the first step. ← goes back, Space plays.",
    reveal: "→ shows the answer",
    goOn: "→ goes on",
    right: "Right. ", wrong: "No. ", answer: "The answer: ",
    done: (sentence) => sentence,
    play: "play",
    language: "中文",
  },
  zh: {
    name: (name) => name
      .replace(/^(\d+) clients$/, "$1 个客户端")
      .replace(/^client/, "客户端").replace(/^server$/, "服务器"),
    bar: (server) => (server ? "→ 去服务器" : "← 去客户端"),
    bytes: (n) => `${n} B`,
    wait: (words) => words
      .replace(/^(\w+) waits$/, "$1 在等待")
      .replace(/^busy for (.*), not reading$/, "忙 $1，不接收"),
    connect: (took) => (took ? `connect，用了 ${took}` : "connect"),
    sent: (took, len) => ["send ", ` 完成，${len} B，用了 ${took}`],
    failed: (call) => `${call} 失败：`,
    timeout: (call, after) => `${call}：${after} 内什么也没有来`,
    refused: (call) => `${call}：被拒绝，对方没有人接收`,
    end: "流结束",
    shut: "shutdown：不再发送",
    close: (unread) => (unread ? `close，还有 ${unread} B 没读` : "close"),
    print: "打印 ",
    network: {
      cuts: (n) => `网络：过了 ${n} 字节后切断连接`,
      loses: (n) => `网络：丢了一个 ${n} B 的数据报`,
      nobody: "网络：那里没有人接收：",
    },
    from: (text) => text
      .replace(/, (\d+) B lost$/, "，丢了 $1 B").replace(/^ again$/, " 又一次"),
    with: (text) => text.replace(/^in (\d+) calls, /, "共 $1 次调用，"),
    hint: "指向或点一下某次 send 或 recv，这里就显示它的字节。",
    more: "……",
    pieces: "没有字节",
    start: "按 → 走第一步；← 后退，空格自动播放。",
    reveal: "→ 显示答案",
    goOn: "→ 继续",
    right: "对。", wrong: "不对。", answer: "答案：",
    done: (sentence, count) =>
      `结束：${count.sends} 次 send，${count.recvs} 次 recv。`,
    play: "播放",
    language: "English",
  },
};

// What is new at a step, in one sentence.

const NEWS = {
  en: {
    who: (name) => (/\d/.test(name) ? name : `the ${name}`),
    wait: (r) => /waits$/.test(r.words)
      ? `${r.who}'s ${r.words.replace(/ waits$/, "")} has nothing to take yet: it waits.`
      : `${r.who}: ${r.words}.`,
    connect: (r) => `${r.who} connects: the system at the other end has answered, whether or not the program there has called accept.`,
    accept: (r) => `accept gives ${r.who} a socket for this one client.`,
    send: (r) => (r.fate === "lost"
      ? `${r.who} sends #${r.number}, and the network loses it.`
      : `${r.who} sends #${r.number}, ${r.len} bytes` +
        (r.onWay > r.len ? `: ${r.onWay} bytes are on the way now.` : ".")),
    sent: (r) => `The send of #${r.number} is over: the system has taken all of it.`,
    recv: (r) => {
      if (r.again) return `${r.who} receives #${r.slices[0]?.[0]} once more: a copy.`;
      if (r.cut) return `The buffer holds ${r.len} bytes of #${r.slices[0][0]}: the rest of the datagram is lost.`;
      if (r.slices.length > 1) return `One recv takes ${r.len} bytes, from ${r.slices.length} sends: no boundary is left.`;
      if (r.slices.length && !r.whole) return `The recv takes ${r.len} bytes, a part of #${r.slices[0][0]}.`;
      if (r.slices.length) return `The recv takes all of #${r.slices[0][0]}, ${r.len} bytes.`;
      return `${r.who} receives ${r.len} bytes.`;
    },
    end: (r) => `A recv of 0 bytes: the other side sends no more to ${r.who}.`,
    shut: (r) => `${r.who} says that it sends no more.`,
    close: (r) => `${r.who} closes` + (r.unread ? ` and leaves ${r.unread} bytes unread.` : "."),
    print: (r) => `${r.who} prints what it has.`,
    say: (r) => `${r.who} reports: ${r.words}`,
    exit: (r) => `${r.who} ${r.words}.`,
    fails: (r) => `A call of ${r.who} fails.`,
    network: () => "The network between the two does this.",
    skip: () => "Many rows are left out here.",
  },
  zh: {
    who: (name) => name,
    wait: (r) => /waits$/.test(r.words)
      ? `${r.who}的 ${r.words.replace(/ waits$/, "")} 还没有东西可取，于是等待。`
      : `${r.who}：${WORDS.zh.wait(r.words)}。`,
    connect: (r) => `${r.who}连上了：对方的系统已经应答，不管那边的程序有没有调用 accept。`,
    accept: (r) => `accept 给${r.who}一个专门对这个客户端的套接字。`,
    send: (r) => (r.fate === "lost"
      ? `${r.who}发出 #${r.number}，网络把它丢了。`
      : `${r.who}发出 #${r.number}，${r.len} 字节` +
        (r.onWay > r.len ? `，现在路上共有 ${r.onWay} 字节。` : "。")),
    sent: (r) => `#${r.number} 的 send 结束：系统全部收下了。`,
    recv: (r) => {
      if (r.again) return `${r.who}又收到一次 #${r.slices[0]?.[0]}：这是副本。`;
      if (r.cut) return `缓冲区只装得下 #${r.slices[0][0]} 的 ${r.len} 字节，这个数据报剩下的部分丢了。`;
      if (r.slices.length > 1) return `一次 recv 取走 ${r.len} 字节，来自 ${r.slices.length} 次 send：边界没有了。`;
      if (r.slices.length && !r.whole) return `这次 recv 取走 ${r.len} 字节，只是 #${r.slices[0][0]} 的一部分。`;
      if (r.slices.length) return `这次 recv 正好取走整个 #${r.slices[0][0]}，${r.len} 字节。`;
      return `${r.who}收到 ${r.len} 字节。`;
    },
    end: (r) => `recv 得到 0 字节：对方不再给${r.who}发送。`,
    shut: (r) => `${r.who}表示不再发送。`,
    close: (r) => `${r.who}关闭套接字` + (r.unread ? `，还有 ${r.unread} 字节没读。` : "。"),
    print: (r) => `${r.who}打印收到的内容。`,
    say: (r) => `${r.who}报告：${r.words}`,
    exit: (r) => `${r.who}：${r.words}。`,
    fails: (r) => `${r.who}的一次调用失败了。`,
    network: () => "这是两边之间的网络做的。",
    skip: () => "这里省略了许多行。",
  },
};

// The state of the page.

let language = run.language ??
  (navigator.language.startsWith("zh") ? "zh" : "en");
let at = 0;
let asking = true;
let timer = null;
let asked = null;
const answered = new Set();
const total = run.plays.reduce((sum, play) => sum + play.rows.length, 0);

function milliseconds(ms) {
  return ms < 10000 ? `${Math.floor(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function words() {
  return WORDS[language];
}

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
      add("", "send "); label.append(chip(row.number));
      add("", ` ${w.bytes(row.len)} `); pieces(label, row.with, w.with);
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
      label.append(make("span", "who", `${this.name(row)}: `));
    } else if (row.client) label.append(`${row.client}: `);
    fillLabel(label, row);
    element.append(label);
    element.addEventListener("pointerenter", () => point(this, place));
    element.addEventListener("click", () => point(this, place));
    this.rows.append(element);
    return { before, element };
  }

  name(row) {
    return words().name(this.data.lanes[row.lane] ?? "");
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
        way.set(row.number, row.len);
      }
      if (row.kind === "recv" && !row.again) {
        for (const [send, from, to] of row.slices) {
          for (const way of ways) {
            if (!way.has(send)) continue;
            const left = row.udp ? 0 : way.get(send) - (to - from);
            if (left > 0) way.set(send, left);
            else way.delete(send);
          }
        }
      }
      for (const send of row.lost ?? []) ways.forEach((way) => way.delete(send));
    }
    return ways;
  }

  fillBars(count) {
    const all = [0, 0];
    for (let n = 1; n <= this.data.rows.length; n++) {
      if (this.data.rows[n - 1].kind !== "send" || this.data.rows.length > 500) continue;
      this.onWay(n).forEach((way, place) => {
        const sum = [...way.values()].reduce((a, b) => a + b, 0);
        all[place] = Math.max(all[place], sum);
      });
    }
    this.bars.replaceChildren();
    this.onWay(count).forEach((way, place) => {
      const sum = [...way.values()].reduce((a, b) => a + b, 0);
      const bar = make("div", place ? "bar left" : "bar right");
      bar.append(make("b", "", words().bar(!place)), make("i"), make("b", "", words().bytes(sum)));
      const fill = bar.children[1];
      for (const [send, left] of way) {
        const part = make("s", "", `#${send}`);
        part.style.setProperty("--colour", colourOf(send));
        part.style.setProperty("flex", `0 0 ${(left / Math.max(all[place], sum)) * 100}%`);
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
    for (let place = 0; place < count; place++) {
      const row = rows[place];
      if (row.kind === "wait") {
        let until = place + 1;
        while (until < count && rows[until].lane !== row.lane) until++;
        const y = this.y(place);
        const end = until < count ? this.y(until) : bottom;
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
        const other = this.before(place, ["close", "shut"]);
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
        if (row.fate === "lost") {
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
      who: NEWS[language].who(this.name(row)),
      cut: row.udp && send && !whole,
    };
    const kind = row.error !== undefined || /Fails$/.test(row.kind)
      ? "fails" : row.kind;
    const sentence = NEWS[language][kind](facts);
    return sentence[0].toUpperCase() + sentence.slice(1);
  }
}

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

// Steps, and the questions at which they stop.

function current() {
  return plays.find((play) => at < play.offset + play.data.rows.length) ??
    plays[plays.length - 1];
}

function pending() {
  const play = current();
  const place = at - play.offset;
  return play.data.asked.find((question) => question.before === place &&
    !answered.has(question)) ?? null;
}

function ask(question) {
  asked = { question, over: false };
  const { question: text, answers } = wordsOf(question);
  const box = get("ask");
  const list = make("ol");
  answers.forEach((answer, place) => {
    const item = make("li");
    const button = make("button", "", `${place + 1}  ${answer}`);
    button.addEventListener("click", () => choose(place));
    item.append(button);
    list.append(item);
  });
  box.replaceChildren(make("p", "question", text), list,
    make("p", "hint", words().reveal));
  box.show();
}

function wordsOf(question) {
  return question.words[language === "zh" ? 1 : 0];
}

function choose(place) {
  if (!asked || asked.over) return;
  asked.over = true;
  const { question } = asked;
  answered.add(question);
  const buttons = get("ask").querySelectorAll("button");
  buttons[question.right]?.classList.add("right");
  if (place !== null && place !== question.right) {
    buttons[place]?.classList.add("wrong");
  }
  const verdict = place === null ? words().answer
    : place === question.right ? words().right : words().wrong;
  const hint = get("ask").querySelector(".hint");
  hint.before(make("p", "why", verdict + wordsOf(question).why));
  hint.textContent = words().goOn;
}

function closeQuestion() {
  asked = null;
  get("ask").close();
}

function go(to) {
  at = Math.max(0, Math.min(total, to));
  draw();
}

function next() {
  if (asked) {
    if (!asked.over) return choose(null);
    closeQuestion();
  }
  const question = asking ? pending() : null;
  if (question) {
    stop();
    return ask(question);
  }
  go(at + 1);
}

function jump(to) {
  if (asked) closeQuestion();
  go(to);
}

function stop() {
  clearTimeout(timer);
  timer = null;
  get("play").classList.remove("on");
}

function play() {
  if (timer) return stop();
  get("play").classList.add("on");
  const turn = () => {
    if (at === total) return stop();
    next();
    if (get("play").classList.contains("on")) timer = setTimeout(turn, 900);
  };
  timer = setTimeout(turn, 0);
}

function draw() {
  const now = plays.find((play) => at > play.offset &&
    at <= play.offset + play.data.rows.length);
  for (const play of plays) {
    const count = Math.max(0, Math.min(play.data.rows.length, at - play.offset));
    play.show(count, play === (now ?? plays[0]));
    play.root.classList.toggle("waiting", count === 0 && at > 0);
  }
  get("place").max = total;
  get("place").value = at;
  get("count").textContent = `${at}/${total}`;
  get("news").textContent = now ? now.news(at - now.offset - 1) : words().start;
  if (now) point(now, at - now.offset - 1);
  else get("bytes").replaceChildren(make("p", "hint", words().hint));
}

function rebuild() {
  document.documentElement.lang = language;
  get("language").textContent = words().language;
  get("play").textContent = words().play;
  for (const play of plays) play.build();
  if (asked) closeQuestion();
  draw();
}

function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  rebuild();
}

function switchTheme() {
  document.documentElement.classList.toggle("dark");
  draw();
}

function switchAsking() {
  asking = !asking;
  get("asks").classList.toggle("on", asking);
  if (asked) closeQuestion();
}

const plays = [];
let offset = 0;
for (const data of run.plays) {
  plays.push(new Play(data, offset));
  offset += data.rows.length;
}
get("plays").append(...plays.map((play) => play.root));

const KEYS = {
  ArrowRight: next,
  ArrowLeft: () => jump(at - 1),
  Home: () => jump(0),
  End: () => jump(total),
  " ": play,
  l: switchLanguage,
  t: switchTheme,
  q: switchAsking,
};
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const answer = Number(event.key) - 1;
  if (asked && answer >= 0 && answer < 9) {
    if (answer < wordsOf(asked.question).answers.length) choose(answer);
    return;
  }
  const does = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (!does) return;
  event.preventDefault();
  if (event.key !== " ") stop();
  does();
});
for (const [id, does] of Object.entries({
  first: () => jump(0), back: () => jump(at - 1), next, play,
  last: () => jump(total), language: switchLanguage, theme: switchTheme,
  asks: switchAsking,
})) {
  get(id).addEventListener("click", () => {
    if (id !== "play") stop();
    does();
    // Space and the arrows are the page's, not the button's.
    get(id).blur();
  });
}
get("place").addEventListener("input", (event) => {
  stop();
  jump(Number(event.target.value));
  event.target.blur();
});
addEventListener("resize", draw);
if (matchMedia("(prefers-color-scheme: dark)").matches) {
  document.documentElement.classList.add("dark");
}
get("asks").classList.toggle("on", asking);
rebuild();
