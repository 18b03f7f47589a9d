/* The search: a worker that answers Material's search field in the place of Material's own. It gives
   the sections that say what was asked, in the words and in their order, rare words above frequent
   ones, so that a sentence pasted from a terminal finds the section that prints it.

   The words of the book, and the pairs of neighbours among them, are indexed alike; a Chinese
   character counts as a word, so that its pairs are the words of Chinese, and nothing cuts them
   wrongly. A pair is written together: "data loader" finds DataLoader. */

const PARTS = /<[^>]*>|&[#\w]+;|\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}])+(?:\.\d+)*/gu;
const HAN = /\p{Script=Han}/u;
const NUMBER = /^\d[\d.]*(e\d+)?$/;

/* What a question is asked with: it weighs next to nothing, unless it is all there is. */
const ASKING = new Set(
  ("a an the of to in is are be was were it its i my me you your we can could should would do does did " +
    "what why how when where which who whether and or on at by for from with if that this there")
    .split(" "),
);
const ASKING_HAN =
  /为什么|为何|为啥|怎么样|怎么办|怎么|怎样|如何|是什么|什么是|什么|多少|多大|哪个|哪些|是否|能不能|可不可以|要不要|应该|需要|请问|[要的了吗呢是该把被和与取]/gu;

const SOME = 0.15; // the weight of what is asked with, of numbers, of single Chinese characters
const BEGUN = 0.5; // ... of a word of which only the beginning is typed
const TITLE = 6; // how many times a word counts in a section's title
const PAGE = 1.5; // ... in its page's title
const CODE = 0.5; // ... in code
const ALIKE = 0.6; // of the best section's score: shown beside it
const FEW = 0.1; // ... not worth a line
const NEXT = 0.1; // how much the next sections of a page count for the page
const SATURATION = 1.2;
const LENGTH = 0.4; // how much a long section has to say a word more often

let folded = {}; // traditional characters, as the book writes them

const fold = (text) =>
  text.normalize("NFKC").toLowerCase().replace(/\p{Script=Han}/gu, (c) => folded[c] ?? c);

/* One form for what a reader may write in several: plurals, tenses, -ise and -ize. */
function stem(word) {
  if (word.length < 4 || /[^a-z]/.test(word)) return word;
  return word
    .replace(/(?<=[^s])s$|(?<=ss|sh|ch|x|z|o)es$/, "")
    .replace(/(?<=[aeiouy].*[^aeiou])(?:ing|ed|er|ation|ion|ly)$|(?<=.{2})e$/, "")
    .replace(/([^aeiouls])\1$/, "$1")
    .replace(/(?<=.{3})iz$/, "is");
}

/* The words of a text, where they stand, whether they are numbers, and whether they are code. */
const known = new Map();
function* words(text) {
  let code = false;
  for (const { 0: part, index } of text.matchAll(PARTS)) {
    if (part[0] === "<") code = part === "<code>" ? text.startsWith("<pre>", index - 5) : code && part !== "</code>";
    if (part[0] === "<" || part[0] === "&") continue;
    let word = known.get(part);
    if (!word) {
      const raw = fold(part);
      known.set(part, (word = { raw, term: stem(raw), number: NUMBER.test(raw), han: HAN.test(raw) }));
    }
    yield { ...word, start: index, end: index + part.length, code };
  }
}

/* A text without what is asked with; and only its words. */
function core(text) {
  const asking = askedWith(text);
  const rest = Array.from(words(text)).filter((word) => !asking(word));
  return rest.map(({ term }) => term).join("");
}
const bare = (text) => Array.from(words(text), ({ raw }) => raw).join("");

function askedWith(text) {
  const places = new Set();
  for (const { 0: part, index } of text.replace(/\p{Script=Han}/gu, (c) => folded[c] ?? c).matchAll(ASKING_HAN))
    for (let i = 0; i < part.length; i++) places.add(index + i);
  return ({ raw, start }) => ASKING.has(raw) || places.has(start);
}

/* ---- Error messages ----

   A message is pasted whole or in part, with the traceback before it and with other numbers, shapes
   and names in it. So it is compared in order, word by word, numbers left out, with those that the page
   of errors prints; the stretch in which both agree best must be most of the one or of the other. */

const AGREED = 0.7; // how much of what was pasted has to agree with a message
const TOLD = 0.75; // ... or how much of a message with what was pasted
const RARE = 2.2; // the worth of as many words that no other message has: less is no message
const ENOUGH = 0.75; // ... or this much of a short one
const SKIPPED = 0.5; // the cost of a word that one of the two has and the other has not

/* Its words are what stands between spaces: a call, or a name in quotes, is one. */
const messageWords = (text) =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .split(/[\s\p{Script=Han}]+/u)
    .map((word) => word.replace(/[^\p{L}_]+/gu, ""))
    .filter(Boolean);

/* What is said after the last `SomethingError:` of a traceback, and what only shows where it happened. */
function withoutTraceback(text) {
  const said = text.normalize("NFKC").replace(/^.*[a-z](?:error|warning|exception)(?:: *|\(["'])/is, "");
  return messageWords(said).length > 1 ? said : text;
}

class Messages {
  constructor(docs) {
    const all = docs.flatMap(({ messages = [] }, number) =>
      messages.map((message) => ({ number, words: messageWords(message) })),
    );
    const often = new Map(); // word → in how many messages
    for (const { words } of all)
      for (const word of new Set(words)) often.set(word, (often.get(word) ?? 0) + 1);
    this.most = Math.log(1 + all.length);
    this.worths = new Map(Array.from(often, ([word, n]) => [word, Math.log(1 + all.length / n)]));
    this.all = all.map(({ number, words }) => ({ number, words, worths: this.worth(words) }));
  }

  /* How much each word says: what many messages have says little. */
  worth(words) {
    return words.map((word) => (this.worths.get(word) ?? this.most) * (ASKING.has(word) ? SOME : 1));
  }

  /* The documents one of whose messages is what was asked, whole or in part, and how well it agrees. */
  find(query) {
    const words = messageWords(withoutTraceback(query));
    const asked = { words, worths: this.worth(words) };
    const whole = sum(asked.worths);
    const found = new Map();
    for (const message of this.all) {
      const length = sum(message.worths);
      const common = agreement(asked, message);
      const [said, told] = [common / whole, common / length];
      if (common < Math.min(RARE * this.most, ENOUGH * length) || (said < AGREED && told < TOLD)) continue;
      const best = found.get(message.number) ?? 0;
      found.set(message.number, Math.max(best, 0.9 * Math.max(said, told) + 0.1 * told));
    }
    return found;
  }
}

/* The worth of the words in the stretch in which two messages agree best (Smith and Waterman, 1981).
   The last word that was typed may be only begun. */
function agreement(asked, message) {
  const last = asked.words.length - 1;
  let best = 0;
  let above = new Float64Array(message.words.length + 1);
  let row = new Float64Array(message.words.length + 1);
  asked.words.forEach((word, i) => {
    const cost = SKIPPED * asked.worths[i];
    message.words.forEach((other, j) => {
      const lost = SKIPPED * message.worths[j];
      const same = word === other || (i === last && other.startsWith(word));
      const gain = same ? Math.min(asked.worths[i], message.worths[j]) : -Math.max(cost, lost);
      row[j + 1] = Math.max(0, above[j] + gain, above[j + 1] - cost, row[j] - lost);
      best = Math.max(best, row[j + 1]);
    });
    [above, row] = [row, above];
  });
  return best;
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

class Index {
  constructor(docs) {
    this.docs = docs;
    this.messages = new Messages(docs);
    this.postings = new Map(); // term → document → how often, weighted
    this.vocabulary = new Map(); // word as written → term
    this.titles = new Map(); // title as written → documents
    this.pages = new Map();
    this.lengths = docs.map((doc, number) => this.#add(doc, number));
    this.mean = this.lengths.reduce((a, b) => a + b, 0) / docs.length;
  }

  #add(doc, number) {
    const [path, place] = doc.location.split("#");
    if (!place) this.pages.set(path, doc);
    for (const title of new Set([bare(doc.title), core(doc.title)]))
      if (title) this.titles.set(title, [...(this.titles.get(title) ?? []), number]);
    this.#read(doc.title, TITLE, number);
    for (const words of doc.also ?? []) this.#read(words, TITLE, number);
    if (place) this.#read(this.pages.get(path)?.title ?? "", PAGE, number);
    return this.#read(doc.text, 1, number);
  }

  /* Note the words, and their pairs: numbers are passed over, for those of a reader are others. */
  #read(text, weight, number) {
    let before = "";
    let length = 0;
    for (const { raw, term, number: isNumber, code } of words(text)) {
      length++;
      const share = code ? weight * CODE : weight;
      this.#note(term, share, number);
      if (isNumber) continue;
      this.vocabulary.set(raw, term);
      if (before) this.#note(before + term, share, number);
      before = term;
    }
    return length;
  }

  #note(term, weight, number) {
    let found = this.postings.get(term);
    if (!found) this.postings.set(term, (found = new Map()));
    found.set(number, (found.get(number) ?? 0) + weight);
  }

  /* How much a term says: what many sections have says little. */
  worth(term) {
    const many = this.postings.get(term)?.size ?? 0;
    return Math.log(1 + (this.docs.length - many + 0.5) / (many + 0.5));
  }
}

/* What is looked for: each term with its weight, as [terms that will do, weight]. */
function wanted(index, query) {
  const all = [...words(query)];
  const isAsking = askedWith(query);
  const content = all.filter((word) => !isAsking(word) && !word.number);
  const list = [];
  let before;
  for (const word of all) {
    const little = content.length && (isAsking(word) || word.number);
    const alone = word.han && content.length > 1;
    list.push({ terms: [[word.term, 1]], weight: little || alone ? SOME : 1, word });
    if (word.number) continue;
    if (before) {
      const both = isAsking(word) && isAsking(before);
      const broken = word.han && (isAsking(word) || isAsking(before));
      list.push({
        terms: [[before.term + word.term, 1]],
        weight: content.length && (both || broken) ? SOME : 1,
        pair: true,
      });
    }
    before = word;
  }
  const last = all.at(-1); // may not be typed to its end
  if (last && !last.han && last.end === query.length && !last.number) {
    const goal = list.findLast(({ word }) => word === last);
    for (const [raw, term] of index.vocabulary) {
      if (raw === last.raw || !raw.startsWith(last.raw)) continue;
      if (term !== last.term) goal.terms.push([term, BEGUN]);
      const often = index.postings.get(term).size;
      if (index.vocabulary.has(last.raw) || often <= (goal.often ?? 0)) continue;
      goal.often = often; // the likeliest end of what is begun, for Material to suggest
      goal.begun = raw;
    }
  }
  return list;
}

function search(index, query, list) {
  const scores = new Map();
  let possible = 0;
  for (const one of list) {
    const { terms: alternatives, weight, pair } = one;
    const best = new Map();
    const [[whole]] = alternatives; // if there is such a word, one that only begins so is worth no more
    const limit = index.postings.has(whole) ? index.worth(whole) : Infinity;
    let most = 0;
    for (const [term, share] of alternatives) {
      const documents = index.postings.get(term);
      if (!documents) continue;
      const worth = Math.min(index.worth(term), limit) * weight * share;
      most = Math.max(most, worth);
      for (const [number, often] of documents) {
        const long = 1 - LENGTH + (LENGTH * index.lengths[number]) / index.mean;
        const gain = (worth * often * (SATURATION + 1)) / (often + SATURATION * long);
        if (gain > (best.get(number)?.gain ?? 0)) best.set(number, { gain, worth });
      }
    }
    one.worth = most;
    if (!pair) possible += most;
    for (const [number, { gain, worth }] of best) {
      const score = scores.get(number) ?? { sum: 0, covered: 0 };
      score.sum += gain;
      if (!pair) score.covered += worth;
      scores.set(number, score);
    }
  }
  const named = new Set(index.titles.get(bare(query)));
  const meant = new Set(index.titles.get(core(query)));
  const messages = index.messages.find(query);
  return [...scores]
    .map(([number, { sum, covered }]) => {
      const doc = index.docs[number];
      const score = sum * (0.3 + (0.7 * covered) / (possible || 1)) * (doc.boost ?? 1);
      const isNamed = named.has(number) && (doc.boost ?? 1) >= 1;
      return {
        doc,
        score: meant.has(number) ? 2 * score : score,
        named: isNamed ? 2 : (messages.get(number) ?? 0),
      };
    })
    .sort((a, b) => b.named - a.named || b.score - a.score);
}

/* The pages that hold what was found, each with its sections; a page counts for what its best section
   does, and a little for its next ones. */
function byPage(found) {
  const pages = new Map();
  for (const one of found) {
    const path = one.doc.location.split("#")[0];
    pages.set(path, [...(pages.get(path) ?? []), one]);
  }
  const worth = ([best, ...others]) =>
    best.score + NEXT * others.slice(0, 3).reduce((sum, { score }) => sum + score, 0);
  return [...pages.values()].sort((a, b) => b[0].named - a[0].named || worth(b) - worth(a));
}

/* The words of a text that answer a query: those that are looked for, and the little words between
   them where they stand as they were typed. */
function marks(text, list) {
  const content = new Map();
  const pairs = new Map();
  for (const { terms: alternatives, weight, pair, worth = 0 } of list)
    for (const [term] of alternatives) {
      if (pair) pairs.set(term, worth);
      else if (weight === 1) content.set(term, worth);
    }
  const all = [...words(text)];
  const found = new Map();
  const note = (word, worth, said) => {
    const kept = found.get(word.start);
    found.set(word.start, { ...word, worth: Math.max(worth, kept?.worth ?? 0), said: said || kept?.said });
  };
  let before;
  for (const word of all) {
    if (content.has(word.term)) note(word, content.get(word.term), true);
    if (word.number) continue;
    const worth = before && pairs.get(before.term + word.term);
    if (worth !== undefined && before) for (const one of [before, word]) note(one, worth, one.han);
    before = word;
  }
  return [...found.values()].sort((a, b) => a.start - b.start);
}

/* Marked text; neighbours share a mark. */
function marked(html, found) {
  let done = "";
  let at = 0;
  for (let i = 0; i < found.length; i++) {
    const { start } = found[i];
    while (found[i + 1] && /^\s*$/.test(html.slice(found[i].end, found[i + 1].start))) i++;
    const { end } = found[i];
    done += `${html.slice(at, start)}<mark data-md-highlight>${html.slice(start, end)}</mark>`;
    at = end;
  }
  return done + html.slice(at);
}

/* The two sentences, or lines of code, that answer best. */
function excerpt(text, list) {
  const parts = [];
  let code = false;
  for (const block of text.split(/(<\/?(?:p|pre|ul|ol|li)>)/)) {
    if (/^<\/?(?:p|pre|ul|ol|li)>$/.test(block)) {
      code = block === "<pre>" || (code && block !== "</pre>");
      continue;
    }
    for (const part of block.split(code ? /\n/ : /(?<=[.!?]\s)|(?<=[。！？；])/)) {
      const html = code ? part.replace(/<[^>]*>/g, "") : part;
      const found = marks(html, list);
      const worth = new Map(found.map((word) => [word.term, word.worth]));
      const sum = [...worth.values()].reduce((a, b) => a + b, 0);
      if (sum) parts.push({ html, found, code, sum });
    }
  }
  const best = parts.slice().sort((a, b) => b.sum - a.sum).slice(0, 2);
  return parts
    .filter((part) => best.includes(part))
    .map(({ html, found, code: isCode }) =>
      isCode ? `<pre><code>${marked(html, found)}</code></pre>` : `<p>${marked(html, found)}</p>`,
    )
    .join("");
}

/* What Material shows for a page: its title, and its sections under it. Both lead to the section that
   answers best; of the others, those that answer almost as well are shown and the rest are folded.
   An entry is the head of its group if its address has no place in the page, or else if it is last. */
function shown(index, sections, list) {
  const best = Math.max(...sections.map(({ score }) => score)); // one that is named may have less
  const items = sections.map(({ doc, score }, at) => ({
    ...doc,
    title: marked(doc.title, marks(doc.title, list)),
    text: excerpt(doc.text, list),
    score: at < 3 && score > ALIKE * best ? best : Math.min(score, best - 0.01),
    terms: Object.fromEntries(said(doc, list).map((word) => [word, true])),
  }));
  const [path, place] = items[0].location.split("#");
  if (!place) return items;
  const { title } = index.pages.get(path);
  const own = items.filter(({ location }) => location !== path);
  return [...own, { ...items[0], title, text: "" }];
}

/* The words to be marked on the page that is opened: the rarest, as the page writes them. */
function said(doc, list) {
  const found = new Map();
  let run;
  for (const text of [doc.title, doc.text])
    for (const word of marks(text, list)) {
      if (!word.said) continue;
      if (run && word.han && run.end === word.start) {
        run.raw += word.raw;
        run.end = word.end;
      } else run = { raw: word.raw, end: word.end, worth: word.worth };
      found.set(run, run.worth);
    }
  const best = new Map();
  for (const [{ raw }, worth] of found) best.set(raw, Math.max(worth, best.get(raw) ?? 0));
  const ordered = [...best].sort((a, b) => b[1] - a[1]).slice(0, 4);
  return ordered.filter(([, worth]) => worth > ordered[0][1] / 2).map(([raw]) => raw);
}

function answer(index, query) {
  const list = wanted(index, query);
  const found = search(index, query, list);
  const least = FEW * Math.max(...found.map(({ score }) => score));
  const pages = byPage(found.filter(({ score, named }) => named || score > least));
  const begun = list.findLast(({ pair }) => !pair)?.begun;
  return {
    items: pages.map((sections) => shown(index, sections, list)),
    suggest: begun ? [begun] : [],
  };
}

/* ---- What Material's page says and hears ---- */

const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3];

async function load() {
  const response = await fetch(new URL("../search/sections.json", self.location));
  const { traditional, simplified, docs } = await response.json();
  const [from, to] = [traditional, simplified].map((characters) => [...characters]);
  folded = Object.fromEntries(from.map((character, at) => [character, to[at]]));
  return new Index(docs);
}

let loading; // the sections are more than a chapter: they wait for the first word that is typed
let latest; // what was asked last: who types faster than is answered waits for nothing else

addEventListener("message", async ({ data: { type, data } }) => {
  if (type === SETUP) postMessage({ type: READY });
  if (type !== QUERY) return;
  const asked = (latest = { query: data });
  if (!data.trim()) {
    postMessage({ type: RESULT, data: { items: [] } });
    return;
  }
  loading ??= load();
  loading.catch(() => (loading = undefined)); // a line that is down may be up again
  const index = await loading;
  await new Promise((go) => setTimeout(go)); // what has come meanwhile is heard first
  if (asked === latest) postMessage({ type: RESULT, data: answer(index, data) });
});
