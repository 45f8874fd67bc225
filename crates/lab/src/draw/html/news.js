// What is new at a step, in one sentence.

const NEWS = {
  en: {
    who: (name) => (/\d/.test(name) ? name : `the ${name}`),
    wait: (r) => /waits$/.test(r.words)
      ? `${r.who}'s ${r.words.replace(/ waits$/, "")} has nothing to take yet: it waits.`
      : `${r.who}: ${r.words}.`,
    connect: (r) => `${r.who} connects: the system at the other end has answered, whether or not the program there has called accept.`,
    accept: (r) => `accept gives ${r.who} a socket for this one client.`,
    send: (r) => r.arrived
      ? `#${r.number}, ${r.len} bytes of ${r.who}, has arrived here.`
      : r.calls > 1
      ? `${r.who} sends ${r.len} bytes in ${r.calls} sends, here #${r.number}.`
      : (r.fate === "lost"
      ? `${r.who} sends #${r.number}, and the network loses it.`
      : `${r.who} sends #${r.number}, ${r.len} bytes` +
        (r.onWay > r.len ? `: ${r.onWay} bytes are on the way now.` : ".")),
    endArrives: (r) => `The end of what ${r.who} sends has arrived.`,
    sent: (r) => `The send of #${r.number} is over: the system has taken all of it.`,
    recv: (r) => {
      if (r.again) return `${r.who} receives #${r.slices[0]?.[0]} once more: a copy.`;
      if (r.cut) return `The buffer holds ${r.len} bytes of #${r.slices[0][0]}: the rest of the datagram is lost.`;
      if (r.calls > 1) return `${r.calls} recvs together take ${r.len} bytes.`;
      if (r.slices.length > 1) return `One recv takes ${r.len} bytes, from ${r.slices.length} sends: no boundary is left.`;
      if (r.slices.length && !r.whole) return `The recv takes ${r.len} bytes, a part of #${r.slices[0][0]}.`;
      if (r.slices.length) return `The recv takes all of #${r.slices[0][0]}, ${r.len} bytes.`;
      return `${r.who} receives ${r.len} bytes.`;
    },
    end: (r) => `A recv of 0 bytes: the other side sends no more to ${r.who}.`,
    shut: (r) => `${r.who} says that it sends no more.`,
    close: (r) => `${r.who} closes` + (r.unread ? ` and leaves ${r.unread} bytes unread.` : "."),
    print: (r) => `${r.who} prints a line.`,
    say: (r) => `${r.who} reports: ${r.words}`,
    exit: (r) => `${r.who} ${r.words}.`,
    fails: (r) => r.timeout
      ? `${r.who} has waited in vain: nothing came.`
      : r.lost?.length
      ? `${r.who} is told that nobody was there for #${r.lost.join(", #")}.`
      : `A call of ${r.who} fails: ${r.reason}.`,
    network: (r) => ({
      cuts: "The network between the two cuts the connection here.",
      loses: "The network between the two loses a datagram.",
      nobody: "The network passed it on, and nobody was there.",
    })[r.does],
    skip: () => "Many rows are left out here.",
  },
  zh: {
    who: (name) => name,
    wait: (r) => /waits$/.test(r.words)
      ? `${r.who}的 ${r.words.replace(/ waits$/, "")} 还没有东西可取，于是等待。`
      : `${r.who}：${WORDS.zh.wait(r.words)}。`,
    connect: (r) => `${r.who}连上了：对方的系统已经应答，不管那边的程序有没有调用 accept。`,
    accept: (r) => `accept 给${r.who}一个专门对这个客户端的套接字。`,
    send: (r) => r.arrived
      ? `${r.who}的 #${r.number} 到达，${r.len} 字节。`
      : r.calls > 1
      ? `${r.who}用 ${r.calls} 次 send 发出 ${r.len} 字节，这里合称 #${r.number}。`
      : (r.fate === "lost"
      ? `${r.who}发出 #${r.number}，网络把它丢了。`
      : `${r.who}发出 #${r.number}，${r.len} 字节` +
        (r.onWay > r.len ? `，现在路上共有 ${r.onWay} 字节。` : "。")),
    endArrives: (r) => `${r.who}发来的流结束了。`,
    sent: (r) => `#${r.number} 的 send 结束：系统全部收下了。`,
    recv: (r) => {
      if (r.again) return `${r.who}又收到一次 #${r.slices[0]?.[0]}：这是副本。`;
      if (r.cut) return `缓冲区只装得下 #${r.slices[0][0]} 的 ${r.len} 字节，这个数据报剩下的部分丢了。`;
      if (r.calls > 1) return `${r.calls} 次 recv 一共取走 ${r.len} 字节。`;
      if (r.slices.length > 1) return `一次 recv 取走 ${r.len} 字节，来自 ${r.slices.length} 次 send：边界没有了。`;
      if (r.slices.length && !r.whole) return `这次 recv 取走 ${r.len} 字节，只是 #${r.slices[0][0]} 的一部分。`;
      if (r.slices.length) return `这次 recv 正好取走整个 #${r.slices[0][0]}，${r.len} 字节。`;
      return `${r.who}收到 ${r.len} 字节。`;
    },
    end: (r) => `recv 得到 0 字节：对方不再给${r.who}发送。`,
    shut: (r) => `${r.who}表示不再发送。`,
    close: (r) => `${r.who}关闭套接字` + (r.unread ? `，还有 ${r.unread} 字节没读。` : "。"),
    print: (r) => `${r.who}打印一行。`,
    say: (r) => `${r.who}报告：${r.words}`,
    exit: (r) => `${r.who}：${r.words}。`,
    fails: (r) => r.timeout
      ? `${r.who}白等了：什么也没有来。`
      : r.lost?.length
      ? `${r.who}得知 #${r.lost.join("、#")} 没有人接收。`
      : `${r.who}的一次调用失败了：${r.reason}。`,
    network: (r) => ({
      cuts: "两边之间的网络在这里切断了连接。",
      loses: "两边之间的网络丢了一个数据报。",
      nobody: "网络把它送到了，但那里没有人接收。",
    })[r.does],
    skip: () => "这里省略了许多行。",
  },
};
