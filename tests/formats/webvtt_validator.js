// Reads WebVTT from standard input with the validator of the W3C (npm: webvtt-parser, CC0) and prints
// what it objects to, and the cues' texts as a viewer reads them.
const { WebVTTParser } = require("webvtt-parser");
const entities = require("webvtt-parser/html-entities.json");
const tree = new WebVTTParser(entities).parse(require("fs").readFileSync(0, "utf8"), "captions");
const text = (node) => node.value !== undefined ? node.value : (node.children || []).map(text).join("");
console.log(JSON.stringify({ errors: tree.errors, texts: tree.cues.map((cue) => text(cue.tree)) }));
