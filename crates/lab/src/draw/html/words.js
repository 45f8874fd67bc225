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
    arrived: "arrived ",
    endArrives: "its end arrived",
    end: "end of stream",
    shut: "shutdown: no more to send",
    close: (unread) => (unread ? `close, ${unread} B unread` : "close"),
    print: "prints ",
    network: {
      cuts: (n) => `network: cuts the connection after ${n} bytes`,
      loses: (n) => `network: loses a datagram of ${n} B`,
      nobody: "network: met nobody:",
    },
    beside: (client) => ` (with client ${client})`,
    fate: { lost: "lost on the way", twice: "twice", late: "late" },
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
    board: "the board",
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
    arrived: "到达 ",
    endArrives: "流结束到达",
    end: "流结束",
    shut: "shutdown：不再发送",
    close: (unread) => (unread ? `close，还有 ${unread} B 没读` : "close"),
    print: "打印 ",
    network: {
      cuts: (n) => `网络：过了 ${n} 字节后切断连接`,
      loses: (n) => `网络：丢了一个 ${n} B 的数据报`,
      nobody: "网络：那里没有人接收：",
    },
    beside: (client) => `（对客户端 ${client}）`,
    fate: { lost: "路上丢了", twice: "送到两次", late: "迟到" },
    from: (text) => text
      .replace(/, (\d+) B lost$/, "，丢了 $1 B").replace(/^ again$/, " 又一次"),
    with: (text) => (text.endsWith(" · ")
      ? text.replace(/( B…?) masked/g, "$1 有掩码")
        .replace(/compressed (\w+ \d+ B)/g, "压缩的 $1")
        .replace(/, more follows/g, "，后面还有")
      : text.replace(/^in (\d+) calls, /, "共 $1 次调用，")),
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
    board: "看板",
    language: "English",
  },
};
