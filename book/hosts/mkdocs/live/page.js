/* Lets the blocks of a page be changed and run. Only a page that is served to its own reader has it
   (live/server.py); nothing runs before she asks for it. */
(() => {
  const page = document.currentScript.dataset.page;
  const chinese = page.startsWith("zh/");
  const words = chinese
    ? {
        edit: "编辑", run: "运行", stop: "停止", reset: "还原",
        block: (n) => `第 ${n} 个代码块`, exercise: (n) => `练习 ${n} 的代码块`,
        code: "代码", keys: "Ctrl+Enter 运行，Esc 离开",
        edited: "已改动，还没有运行。", stale: "这是旧代码的输出。",
        running: (s) => `正在运行……${s} 秒`, done: "运行完毕。", stopped: "已停止。",
        failed: (n) => (n ? `出错：第 ${n} 行。` : "出错。"),
        earlier: "前面有一个代码块出错：", show: "去看看",
        printed: "出错之前打印的内容：", busy: "另一个代码块正在运行。",
        full: "同时运行的代码太多，请稍后再试。", long: "代码太长，没有运行。",
        gone: "本地服务器没有响应。页面仍可阅读，但代码暂时不能运行。",
        other: "服务器重新启动过。要运行代码，请打开它新打印的地址。",
        unkept: "浏览器不能保存改动。",
      }
    : {
        edit: "Edit", run: "Run", stop: "Stop", reset: "Reset",
        block: (n) => `Block ${n}`, exercise: (n) => `Block for exercise ${n}`,
        code: "Code", keys: "Ctrl+Enter runs it, Esc leaves it",
        edited: "Changed, and not run yet.", stale: "This is what the old code gave.",
        running: (s) => `Running: ${s} s`, done: "Done.", stopped: "Stopped.",
        failed: (n) => (n ? `Failed in line ${n}.` : "Failed."),
        earlier: "A block above this one failed:", show: "show it",
        printed: "Printed before that:", busy: "Another block is running.",
        full: "Too much is running. Try again in a moment.", long: "The code is too long to be run.",
        gone: "The server on this machine does not answer. The page can be read, and nothing runs.",
        other: "The server has been restarted. To run code, open the address that it has printed now.",
        unkept: "The browser cannot keep what you write.",
      };

  const make = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const ask = (name, body, signal) =>
    fetch(`/.live/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Live": "1" },
      body: JSON.stringify(body),
      signal,
    });

  /* ---- What the reader has written, by the code that was there before; kept on her device. ---- */

  const place = `live:${page}`;
  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem(place)) ?? {};
    } catch {
      return {};
    }
  };
  const keep = (key, code) => {
    const all = kept(); // another tab may have written meanwhile
    if (code === undefined) delete all[key];
    else all[key] = code;
    try {
      localStorage.setItem(place, JSON.stringify(all));
      return true;
    } catch {
      return false;
    }
  };

  /* ---- Outputs: elements that show something, and nothing that runs or fetches. ---- */

  const ELEMENTS = new Set(
    `a abbr b bdi bdo blockquote br button caption cite code col colgroup dd del details dfn div dl dt em
     fieldset figcaption figure h1 h2 h3 h4 h5 h6 hr i img input ins kbd label legend li mark ol output p
     pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var wbr
     svg g path defs use clipPath rect circle ellipse line polyline polygon text tspan image marker
     linearGradient radialGradient stop pattern mask symbol title desc
     math mi mn mo ms mrow mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts
     mprescripts mtable mtr mtd mtext mspace mpadded mphantom mstyle merror semantics`.split(/\s+/),
  );
  const SPACES = {
    "http://www.w3.org/1999/xhtml": 1,
    "http://www.w3.org/2000/svg": 1,
    "http://www.w3.org/1998/Math/MathML": 1,
  };
  const REFUSED = /^(on|action|formaction|form|srcdoc|srcset|ping|background|poster|is|slot|part|nonce|data-)/i;
  const ADDRESSES = new Set(["href", "src", "xlink:href"]);
  const OWN = new Set(["data-values", "data-failed", "data-other"]); // of controls

  const isHarmless = (element, name, value, moves) => {
    if (OWN.has(name)) return moves;
    if (REFUSED.test(name)) return false;
    if (name === "style" || /url\(|image-set|@import|expression/i.test(value))
      if (/url\(\s*(?!["']?#)|image-set|@import|expression|\\/i.test(value)) return false;
    if (!ADDRESSES.has(name.toLowerCase())) return !/^\s*javascript:/i.test(value);
    if (element.localName === "a") return /^(https?:|#)/i.test(value);
    if (["img", "image"].includes(element.localName))
      return /^data:image\/(png|jpeg|gif|webp);/i.test(value);
    return /^#/.test(value);
  };

  const clean = (element, moves) => {
    for (const child of [...element.children]) {
      if (!ELEMENTS.has(child.localName) || !SPACES[child.namespaceURI]) {
        child.remove();
        continue;
      }
      for (const { name, value } of [...child.attributes])
        if (!isHarmless(child, name, value, moves)) child.removeAttribute(name);
      if (!moves) child.classList.remove("literate-moving", "literate-controls", "literate-moved");
      if (child.localName === "a") child.rel = "noopener noreferrer";
      clean(child, moves);
    }
  };

  const parse = (html, moves = false) => {
    const { body } = new DOMParser().parseFromString(html, "text/html"); // nothing runs in it
    clean(body, moves);
    return body;
  };

  /* A figure that moves has other states, as HTML that the engine's script will show. */
  const TYPE = "application/vnd.literate.interact+json";
  const parseMoving = (html) => {
    const found = new DOMParser()
      .parseFromString(html, "text/html")
      .querySelector(`script[type="${TYPE}"]`);
    const body = parse(html, true);
    const figure = body.querySelector(".literate-moving");
    if (!found || !figure) return body;
    const { first, states } = JSON.parse(found.textContent);
    const texts = states.map((parts) => {
      let text = "";
      for (let i = 0; i < parts.length; i++)
        text += typeof parts[i] === "string" ? parts[i] : first.slice(parts[i], parts[++i]);
      return [parse(text).innerHTML];
    });
    const data = make("script");
    data.type = TYPE;
    data.textContent = JSON.stringify({ first: "", states: texts });
    figure.append(data);
    return body;
  };

  const fill = (goal, outputs) => {
    let moves = false;
    goal.replaceChildren();
    for (const { html, moves: own } of outputs) {
      const body = own ? parseMoving(html) : parse(html);
      goal.append(...(body.querySelector(":scope > .literate-output") ?? body).childNodes);
      moves ||= own;
    }
    if (!moves) return;
    const script = make("script");
    script.src = "/.live/moving.js";
    document.head.append(script);
    script.onload = () => script.remove();
  };

  /* ---- The server ---- */

  const banner = make("p", "live-gone");
  banner.role = "alert";
  banner.hidden = true;
  const say = (text) => {
    banner.hidden = !text;
    if (banner.textContent !== text) banner.textContent = text;
    document.documentElement.classList.toggle("live-off", !!text);
  };
  const look = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await ask("there", {});
      say(answer.ok ? "" : words.other);
    } catch {
      say(words.gone);
    }
  };

  /* ---- Blocks ---- */

  const sessions = [];
  let running; // the block that runs, and how to stop it

  class Block {
    constructor(session, index, code, key, name) {
      Object.assign(this, { session, index, original: code, key, name, code: kept()[key] ?? code });
    }

    /** What runs before it, and it. */
    codes() {
      const before = sessions[this.session].slice(0, this.index).map((block) => block.code);
      return [...before, this.code];
    }

    originals() {
      const before = sessions[this.session].slice(0, this.index).map((block) => block.original);
      return [...before, this.original];
    }

    /** Add its buttons; after `element` come its outputs, and `own` is what the page shows there. */
    show(element, pre, own) {
      Object.assign(this, { element, pre, own });
      this.ran = own === undefined ? undefined : JSON.stringify(this.originals());
      const bar = make("div", "live-bar");
      bar.role = "group";
      bar.ariaLabel = this.name;
      const button = (name, act, key) => {
        const made = make("button", "live-button", words[name]);
        made.type = "button";
        made.addEventListener("click", act);
        if (key) made.setAttribute("aria-keyshortcuts", key);
        bar.append(made);
        return made;
      };
      this.editButton = button("edit", () => this.edit(true), "E");
      this.runButton = button("run", () => this.run(), "Control+Enter");
      this.stopButton = button("stop", () => this.stop());
      this.resetButton = button("reset", () => this.reset());
      this.status = make("span", "live-status");
      this.status.role = "status";
      bar.append(this.status);

      this.field = make("textarea", "live-code");
      Object.assign(this.field, { spellcheck: false, autocapitalize: "off", autocomplete: "off", wrap: "off" });
      this.field.ariaLabel = `${words.code}: ${this.name}`;
      this.field.title = words.keys;
      this.field.addEventListener("input", () => this.change());
      this.field.addEventListener("keydown", (event) => this.press(event));
      bar.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.key !== "e") return;
        event.preventDefault();
        event.stopPropagation(); // the theme has keys of its own
        this.edit(true);
      });
      (pre ?? element.firstChild).after(this.field);
      this.field.after(bar);
      this.bar = bar;
      this.output = make("div", "literate-output live-output");
      this.output.hidden = true;
      element.after(this.output);
      this.edit(false);
    }

    /** Show the field where there is something to write in; `asked` moves the hand there. */
    edit(asked) {
      const open = asked || !this.pre || this.code !== this.original;
      if (this.field.value !== this.code) this.field.value = this.code;
      this.field.hidden = !open;
      if (this.pre) this.pre.hidden = open;
      this.editButton.hidden = open;
      this.resetButton.hidden = this.code === this.original && this.output.hidden;
      this.field.rows = this.code.split("\n").length;
      if (asked) this.field.focus();
    }

    change() {
      this.code = this.field.value;
      this.mark();
      const known = keep(this.key, this.code === this.original ? undefined : this.code);
      this.edit(!this.field.hidden);
      update(this.session);
      if (!known) this.status.textContent = words.unkept;
    }

    press(event) {
      event.stopPropagation(); // the theme has keys of its own
      const { key, ctrlKey, metaKey, shiftKey, isComposing } = event;
      if (isComposing) return;
      if (key === "Enter" && (ctrlKey || metaKey || shiftKey)) {
        event.preventDefault();
        this.run();
      } else if (key === "Escape") {
        this.edit(false);
        (this.editButton.hidden ? this.runButton : this.editButton).focus();
      } else if (key === "Enter") {
        event.preventDefault();
        const line = this.code.slice(0, this.field.selectionStart).split("\n").pop();
        const blanks = line.match(/^ */)[0] + (/:\s*(#.*)?$/.test(line) ? "    " : "");
        this.insert(`\n${blanks}`);
      }
    }

    insert(text) {
      const { field } = this;
      // So that the browser can take it back; where it cannot, the text is set.
      if (!document.execCommand("insertText", false, text)) {
        field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
        this.change();
      }
    }

    /** Mark the line that failed, or none. */
    mark(line) {
      for (const part of [this.field, this.pre]) {
        part?.classList.toggle("live-marked", !!line);
        part?.style.setProperty("--live-line", (line ?? 1) - 1);
      }
    }

    reset() {
      if (running?.block === this) this.stop();
      this.code = this.original;
      this.mark();
      keep(this.key);
      this.output.hidden = true;
      this.output.replaceChildren();
      if (this.own) this.own.hidden = false;
      this.ran = this.own === undefined ? undefined : JSON.stringify(this.originals());
      this.edit(false);
      (this.editButton.hidden ? this.field : this.editButton).focus();
      update(this.session);
    }

    stop() {
      if (running?.block !== this) return;
      const { name, abort } = running;
      if (name) ask("stop", { run: name }).catch(() => {});
      setTimeout(() => abort.abort(), name ? 5000 : 0);
    }

    /** Show what came of it, in the place of what the page has. */
    give(outputs, codes) {
      this.ran = JSON.stringify(codes);
      fill(this.output, outputs);
      this.settle();
    }

    settle() {
      this.output.hidden = false;
      if (this.own) this.own.hidden = true;
      if (this.status) this.edit(!this.field.hidden && document.activeElement === this.field);
    }

    fail({ line, text, printed }, codes) {
      this.ran = JSON.stringify(codes);
      const parts = [];
      if (printed) {
        parts.push(make("p", "live-said", words.printed));
        parts.push(make("pre", "literate-text literate-stdout", printed));
      }
      const lines = codes[codes.length - 1].split("\n");
      if (line && line <= lines.length) {
        const around = make("pre", "literate-text live-lines");
        for (let i = Math.max(1, line - 2); i <= Math.min(lines.length, line + 2); i++) {
          const one = make(i === line ? "mark" : "span", "", `${i === line ? ">" : " "} ${i} | ${lines[i - 1]}`);
          around.append(one, "\n");
        }
        parts.push(around);
      }
      parts.push(make("pre", "literate-text literate-error", text));
      this.output.replaceChildren(...parts);
      this.mark(line);
      this.settle();
    }

    async run() {
      if (running) {
        if (running.block !== this) this.status.textContent = words.busy;
        return;
      }
      const codes = this.codes();
      const started = performance.now();
      const abort = new AbortController();
      running = { block: this, abort };
      this.mark();
      this.bar.classList.add("live-runs");
      const soFar = make("div", "literate-output live-so-far");
      const [shown, printed] = [make("div"), make("div")];
      soFar.append(shown, printed);
      soFar.hidden = true;
      this.element.after(soFar);
      const count = () => {
        const seconds = Math.floor((performance.now() - started) / 1000);
        this.status.textContent = words.running(seconds);
      };
      count();
      const clock = setInterval(count, 1000);
      let ended = words.gone;
      try {
        const originals = this.originals();
        let known = 0; // blocks above, of which the page shows what they give
        while (known < this.index && codes[known] === originals[known]) known++;
        const answer = await ask("run", { page, session: this.session, codes, known }, abort.signal);
        if (!answer.ok) {
          const why = { 413: words.long, 429: words.full, 403: words.other };
          ended = why[answer.status] ?? (await answer.text());
          if (answer.status === 403) look();
          return;
        }
        for await (const line of lines(answer.body)) {
          if (line.run) running.name = line.run;
          else if ("block" in line) {
            soFar.hidden = true;
            printed.replaceChildren();
            shown.replaceChildren();
            this.take(line.block, line.outputs, codes);
          } else if ("part" in line) {
            if (line.part === this.index) fill(shown, line.outputs);
            soFar.hidden = line.part !== this.index;
          } else if ("so far" in line) {
            printed.replaceChildren(...parse(line["so far"]).childNodes);
            soFar.hidden = !shown.firstChild && !printed.firstChild;
          } else if (line.failure) ended = this.takeFailure(line.failure, codes);
          else if (line.done) ended = words.done;
        }
        if (ended === words.gone) look();
      } catch (error) {
        if (error.name === "AbortError") ended = words.stopped;
        else look();
      } finally {
        clearInterval(clock);
        soFar.remove();
        running = undefined;
        this.bar.classList.remove("live-runs");
        update(this.session);
        if (typeof ended === "string") this.status.textContent = ended;
        else this.status.replaceChildren(...ended);
      }
    }

    /** Take what a block gave: this one, or one above it that had been changed. */
    take(number, outputs, codes) {
      const own = codes.slice(0, number + 1);
      if (number === this.index) return this.give(outputs, own);
      const block = sessions[this.session][number];
      if (block.element && JSON.stringify(block.originals()) !== JSON.stringify(own)) {
        block.mark();
        block.give(outputs, own);
      }
    }

    takeFailure(failure, codes) {
      if (failure.stopped) {
        if (failure.printed) this.fail({ ...failure, line: null, text: words.stopped }, codes);
        return words.stopped;
      }
      const number = failure.block ?? this.index;
      const block = number === this.index ? this : sessions[this.session][number];
      if (block.element) block.fail(failure, codes.slice(0, number + 1));
      if (block === this) return words.failed(failure.line);
      const link = make("button", "live-button", words.show);
      link.type = "button";
      link.addEventListener("click", () => {
        block.output.scrollIntoView({ block: "center" });
        block.runButton.focus({ preventScroll: true });
      });
      return [`${words.earlier} ${failure.text.split("\n")[0]} `, ...(block.element ? [link] : [])];
    }
  }

  const lines = async function* (body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (text + value).split("\n");
      text = parts.pop();
      for (const part of parts) yield JSON.parse(part);
    }
  };

  /** Say which outputs belong to code that is no more. */
  const update = (session) => {
    for (const block of [...sessions[session], ...exercises.filter((one) => one.session === session)]) {
      if (!block.status || running?.block === block) continue;
      const stale = block.ran !== undefined && block.ran !== JSON.stringify(block.codes());
      const edited = block.code !== block.original && (stale || block.ran === undefined);
      for (const part of [block.output, block.own]) part?.classList.toggle("live-stale", stale);
      const text = stale && !edited ? words.stale : edited ? words.edited : "";
      if (block.status.textContent !== text) block.status.textContent = text;
    }
  };
  const exercises = [];

  /* What the page shows of a block: its code, and after it what it gave. */
  const outputOf = (element) => {
    let next = element.nextElementSibling;
    while (next?.matches("ol, .waits, .live-output")) next = next.nextElementSibling;
    if (next?.matches(".waiting")) next = next.firstElementChild;
    return next?.matches(".literate-output") ? next : null;
  };

  const begin = async () => {
    document.body.append(banner);
    let known;
    try {
      const answer = await ask("page", { page });
      if (!answer.ok) return say(answer.status === 403 ? words.other : "");
      known = await answer.json();
    } catch {
      return say(words.gone);
    }
    const found = [...document.querySelectorAll(".md-typeset .highlight")];
    const text = (element) => element.querySelector("pre code")?.textContent.trimEnd();
    const keys = {};
    const keyOf = (code) => {
      keys[code] = (keys[code] ?? 0) + 1;
      return keys[code] > 1 ? `${keys[code]} ${code}` : code;
    };
    let at = 0, count = 0;
    known.sessions.forEach((blocks, session) => {
      sessions.push([]);
      blocks.forEach(({ code, shown }, index) => {
        if (shown) count++;
        const block = new Block(session, index, code.trimEnd(), keyOf(code), words.block(count));
        sessions[session].push(block);
        if (!shown) return;
        const here = found.findIndex((one, i) => i >= at && text(one) === code.trimEnd());
        if (here < 0) return;
        at = here + 1;
        const folded = found[here].closest(".literate-folded");
        block.show(found[here], found[here].querySelector("pre"), outputOf(folded ?? found[here]));
      });
    });
    const solutions = [...document.querySelectorAll("details.success")];
    for (const { solution, session, before, code } of known.exercises) {
      if (!solutions[solution]) continue;
      const name = words.exercise(solution + 1);
      const block = new Block(session, before, code.trimEnd(), keyOf(`exercise ${solution}\n${code}`), name);
      const element = make("div", "highlight live-exercise");
      const inner = make("div");
      element.append(inner);
      const tick = solutions[solution].previousElementSibling; // of what a reader has done
      (tick?.matches(".exercise-done") ? tick : solutions[solution]).before(element);
      exercises.push(block);
      block.show(element, null, undefined);
    }
    sessions.forEach((_, session) => update(session));
    setInterval(look, 5000);
    document.addEventListener("visibilitychange", look);
    document.documentElement.classList.add("live");
  };

  if (document.readyState === "complete") begin();
  else addEventListener("load", begin);
})();
