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
