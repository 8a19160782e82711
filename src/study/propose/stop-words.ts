// Words that say how a sentence is built and not what it is about: they are no keywords, however well they tell a week's labels apart.

const ENGLISH = `a about above after again all also am an and any are as at be because been before being below between both but by can
could did do does doing down during each else few for from further get give had has have having he her here hers him
his how i if in into is it its itself just let like make many me might more most much must my need no nor not now of
off on once one only or other our out over own please same shall she should so some such take tell than thank thanks
that the their them then there these they this those through to too two under until up us use using very want was we
were what when where which while who whom whose why will with without would yes yet you your`;

const CHINESE = `的 了 和 是 在 我 你 他 她 它 们 我们 你们 他们 这 那 这个 那个 这些 那些 这里 那里 一个 一些 一下 有 没有 不 不是 也 都 就 要 会 能 可以 请 请问 请你 帮我 帮 给 给我 把 被 让 使 对 对于
关于 与 及 或 或者 而 而且 但 但是 因为 所以 如果 怎么 怎样 怎么样 如何 什么 为什么 哪 哪个 哪些 多少 吗 呢 吧 啊 呀 从 到 由 于 以 以及 为 为了 上 下 中 里 外 前 后 时 时候 之 其 其中 这样
那样 很 非常 更 最 还 还是 又 再 已 已经 正在 一 二 两 三 个 种 次 請 請問 這 這個 那個 們 我們 你們 他們 沒有 會 嗎 幫 幫我 給 給我 對 關於 與 為 為什麼 什麼 怎麼 怎麼樣 個 還 還是 再 這些
裡 後 時 時候`;

const KOREAN = `그 이 저 그것 이것 저것 그리고 그러나 하지만 그래서 또는 및 등 것 수 때 중 더 좀 잘 안 못 왜 어떻게 무엇 뭐 어떤 어느 누구 언제 어디 나 너 우리 제 내 네 저는 나는 제가 내가 이거 그거 있는 없는
있다 없다 있어 없어 있나요 하는 한 할 해 해줘 해주세요 주세요 해라 하다 합니다 됩니다 대해 대한 위한 위해 통해 부탁해 부탁합니다 알려줘 알려주세요 싶어 싶습니다 정말 아주 매우 모든 각 여러 다른 같은`;

const OTHERS = `der die das und oder ist ein eine zu den dem von mit für auf nicht wie was ich sie bitte le la les des du de et ou est
un une pour que qui dans sur pas je vous el los las y o es por para con como una en del se no lo il che per di e`;

const STOP_WORDS: ReadonlySet<string> = new Set([ENGLISH, CHINESE, KOREAN, OTHERS].flatMap((words) => words.split(/\s+/)));

export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word);
}

/** What Korean hangs on nouns, and on nouns that it makes verbs of; the longest that fits goes. */
const KOREAN_ENDINGS =
  `으로부터 에서부터 해주시겠어요 해주십시오 해주세요 해드려요 하십시오 하였습니다 했습니다 합니다 합니까 할까요 하나요 하세요 해줘요 입니다 입니까 인가요 이라는 이라고 라는 라고 으로써 으로서 로써 로서 에게서
한테서 에서는 에서의 에게 한테 에서 까지 부터 처럼 보다 마다 조차 밖에 이나 이랑 하고 하는 하여 하기 하라 하면 하자 해서 해줘 해라 했다 한다 하다 되는 된다 으로 에는 에도 은 는 이 가 을 를 에 의
로 와 과 도 만 나 랑 해 할 한 된 될`
    .split(/\s+/)
    .toSorted((a, b) => b.length - a.length);

const LEAST_STEM = 2; // syllables

/** `설계를` gives `설계`. Undefined: nothing hangs on it. */
export function koreanStem(word: string): string | undefined {
  if (!/^\p{Script=Hangul}+$/u.test(word)) return undefined;
  const ending = KOREAN_ENDINGS.find((each) => word.length - each.length >= LEAST_STEM && word.endsWith(each));
  return ending === undefined ? undefined : word.slice(0, -ending.length);
}
