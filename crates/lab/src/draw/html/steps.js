// Steps, and the questions at which they stop.

function current() {
  return plays.find((play) => at < play.offset + play.data.rows.length);
}

function pending() {
  const play = current();
  if (!play) return null;
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
  // Space and Enter are the page's, not the first answer's.
  document.activeElement?.blur();
}

function wordsOf(question) {
  return question.words[language === "zh" ? 1 : 0];
}

function choose(place) {
  if (!asked || asked.over) return;
  asked.over = true;
  asked.chosen = place;
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
  // From the start again, with the questions.
  if (to === 0) answered.clear();
  go(to);
}

function stop() {
  clearTimeout(timer);
  timer = null;
  get("play").classList.remove("on");
}

function play() {
  if (timer) return stop();
  // A question is answered, and read, before anything moves by itself.
  if (asked && !asked.over) return choose(null);
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
  get("board").querySelector("summary").textContent = words().board;
  for (const play of plays) play.build();
  draw();
  if (asked) {
    const { question, over, chosen } = asked;
    ask(question);
    if (over) choose(chosen);
  }
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
get("plays").classList.toggle("many", plays.length > 2);
get("board").querySelector("pre").textContent =
  run.board.map(textOf).join("\n");
get("board").hidden = run.board.length === 0;
get("board").open = plays.length === 0;
get("board").addEventListener("toggle", draw);

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
