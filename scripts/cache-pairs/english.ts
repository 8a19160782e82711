// Pairs of English questions.
import { rows, type Template, type Templates, template as t } from "./template.ts";

const CITIES = rows("Paris|Rome / Berlin|Munich / Lisbon|Porto / Oslo|Bergen / Tokyo|Osaka / Boston|Denver");
const PEOPLE = rows("Alice|Bob / Maria|Peter / Tom|Jane / Anna|Otto / Lucy|Mark / Helen|David");
const NUMBERS = rows("15|50 / 3|4 / 120|121 / 7|17 / 2.5|25 / 1000|10000");
const TOOLS = rows("postgres|mysql / react|vue / python|ruby / docker|podman / redis|memcached / kafka|rabbitmq");
const VERBS = rows("enable|disable / open|close / encrypt|decrypt / install|uninstall / mount|unmount / lock|unlock");
const UNITS = rows("miles|kilometres / pounds|kilograms / inches|centimetres / gallons|litres / feet|metres / ounces|grams");
const THINGS = rows("invoice / subscription / phone number / mailing address / user name / bank account");
const TOPICS = rows("photosynthesis / inflation / recursion / osmosis / gravity / compound interest");
const COUNTRIES = rows("France / Peru / Kenya / Norway / Vietnam / Chile");

const TUNED: readonly Template[] = [
  t("number", "What is {0} percent of 840?", "What is {1} percent of 840?", NUMBERS),
  t("number", "Give me {0} ideas for a birthday party", "Give me {1} ideas for a birthday party", NUMBERS),
  t("number", "How long does it take to drive {0} miles at 60 mph?", "How long would it take to drive {1} miles at 60 mph?", NUMBERS),
  t("name", "What is the population of {0}?", "What is the population of {1}?", CITIES),
  t("name", "How do I back up a {0} server?", "How can I back up a {1} server?", TOOLS),
  t("name", "Write a short thank-you note to {0}", "Please write a short thank-you note to {1}", PEOPLE),
  t(
    "negation",
    "Which fruits are safe for {0}s?",
    "Which fruits are not safe for {0}s?",
    rows("dog / cat / horse / rabbit / hamster / parrot"),
  ),
  t("negation", "Why does {0} need water?", "Why doesn't {0} need water?", rows("a cactus / a fern / moss / wheat / a lily / grass")),
  t("negation", "Write a {0} with dialogue", "Write a {0} without dialogue", rows("story / scene / play / chapter / fable / sketch")),
  t("order", "Is {0} older than {1}?", "Is {1} older than {0}?", PEOPLE),
  t("order", "How far is it by train from {0} to {1}?", "How far is it by train from {1} to {0}?", CITIES),
  t("order", "How do I migrate from {0} to {1}?", "How do I migrate from {1} to {0}?", TOOLS),
  t("unit", "How tall is Mount Elbrus in {0}?", "How tall is Mount Elbrus in {1}?", UNITS),
  t(
    "unit",
    "Set a reminder in 20 {0}",
    "Set a reminder in 20 {1}",
    rows("minutes|hours / seconds|minutes / days|weeks / hours|days / weeks|months"),
  ),
  t("unit", "Is 40 degrees {0} warm?", "Is 40 degrees {1} warm?", rows("Celsius|Fahrenheit")),
  t("word", "How do I {0} the volume?", "How do I {1} the volume?", VERBS),
  t(
    "word",
    "What are the {0} of remote work?",
    "What are the {1} of remote work?",
    rows("benefits|risks / costs|benefits / origins|effects"),
  ),
  t("question", "When was the {0} built?", "Where was the {0} built?", rows("tower / bridge / castle / harbour / temple")),
  t(
    "quoted",
    'Translate "{0}" into German',
    'Translate "{1}" into German',
    rows("good night|good morning / my friend|my enemy / I am in|I am out"),
  ),
  t(
    "code",
    "What does `{0}` return in JavaScript?",
    "What does `{1}` return in JavaScript?",
    rows("[1,2].pop()|[1,2].at() / a ?? b|a && b / x === y|x == y"),
  ),
  t("paraphrase", "How do I change my {0}?", "How can I change my {0}?", THINGS),
  t("paraphrase", "How do I update my {0}?", "Could you please tell me how to update my {0}?", THINGS),
  t("paraphrase", "What is {0}?", "Can you explain what {0} is?", TOPICS),
  t("paraphrase", "Explain {0} to a child", "Please explain {0} to a kid", TOPICS),
  t("paraphrase", "What is the capital of {0}?", "What's {0}'s capital?", COUNTRIES),
  t("paraphrase", "What is the capital of {0}?", "Which city is the capital of {0}?", COUNTRIES),
  t(
    "paraphrase",
    "In Windows, how do I delete {0}?",
    "How do I delete {0} in Windows?",
    rows("a folder / a user / a service / a partition"),
  ),
  t("paraphrase", "How do I fix a leaking {0}?", "How can I repair a leaking {0}?", rows("tap / roof / pipe / hose")),
  t("paraphrase", "What is the best way to learn {0}?", "What's the best method to learn {0}?", rows("Spanish / chess / piano / SQL")),
  t("paraphrase", "Where can I buy {0}?", "Where is {0} sold?", rows("stamps / firewood / ink / yeast")),
  t("paraphrase", "How many people live in {0}?", "What is the population of {0}?", COUNTRIES),
  t("paraphrase", "I forgot my {0}. What should I do?", "What do I do if I have forgotten my {0}?", rows("password / PIN / badge / login")),
];

const HELD_OUT: readonly Template[] = [
  t(
    "number",
    "A shirt costs {0} dollars. What does it cost with 20% off?",
    "A shirt costs {1} dollars. What's the price with 20% off?",
    NUMBERS,
  ),
  t("number", "Summarize the text in {0} sentences", "Summarise this text in {1} sentences", NUMBERS),
  t(
    "number",
    "What happened in the {0}s in art?",
    "What happened in art in the {1}s?",
    rows("1920|1930 / 1850|1950 / 1970|1790 / 1660|1680 / 1980|1890 / 1410|1510"),
  ),
  t("name", "Who is the mayor of {0}?", "Who's the mayor of {1}?", CITIES),
  t("name", "Is {0} faster for small queries?", "For small queries, is {1} faster?", TOOLS),
  t(
    "name",
    "what did {0} say about the contract",
    "what has {1} said about the contract",
    rows("alice|bob / maria|peter / tom|jane / anna|otto / lucy|mark"),
  ),
  t("negation", "Can I cancel my {0} online?", "Can't I cancel my {0} online?", rows("order / plan / trial / flight / booking")),
  t(
    "negation",
    "List {0} that contain gluten",
    "List {0} that never contain gluten",
    rows("soups / beers / sauces / cereals / snacks / breads"),
  ),
  t("negation", "Should I take {0} with food?", "Should I take {0} with no food?", rows("aspirin / iron / zinc / vitamins / antibiotics")),
  t("order", "Did {0} lend {1} the money?", "Did {1} lend {0} the money?", PEOPLE),
  t("order", "Convert this {0} code to {1}", "Convert this {1} code to {0}", TOOLS),
  t("order", "Subtract {0} from {1}", "Subtract {1} from {0}", NUMBERS),
  t("order", "can a {0} eat a {1}", "can a {1} eat a {0}", rows("cat|snake / spider|frog / fox|owl / shark|seal / hawk|weasel")),
  t("unit", "What is 35 {0} in yards?", "What's 35 {1} in yards?", UNITS),
  t(
    "unit",
    "How much is 200 {0} worth today?",
    "How much are 200 {1} worth today?",
    rows("dollars|euros / yen|yuan / pounds|pesos / francs|crowns / USD|AUD / $|€"),
  ),
  t(
    "unit",
    "My file has 300 {0}. Is that large?",
    "My file has 300 {1}, is that large?",
    rows("kB|MB / MB|GB / MiB|MB / pages|lines / kb|kB / words|lines"),
  ),
  t("word", "Can I {0} the file afterwards?", "Could I {1} the file afterwards?", VERBS),
  t(
    "word",
    "What is the {0} temperature in March?",
    "What is the {1} temperature in March?",
    rows("highest|lowest / average|maximum / indoor|outdoor / day|night"),
  ),
  t("question", "Who wrote the {0}?", "Why wrote they the {0}?", rows("letter / report / poem / script / song")),
  t(
    "quoted",
    "What does '{0}' mean?",
    "What does '{1}' mean?",
    rows("to table|to tablet / sick|sic / break a leg|break an arm / it's|its"),
  ),
  t(
    "code",
    "Explain: for (i = 0; {0}; i++) sum += i;",
    "Explain: for (i = 0; {1}; i++) sum += i;",
    rows("i < n|i <= n / i < n|i > n / i != n|i == n / i < a|i < b"),
  ),
  t("paraphrase", "How do I cancel my {0}?", "How to cancel my {0}?", THINGS),
  t("paraphrase", "How do I cancel my {0}?", "What steps should I follow to cancel my {0}?", THINGS),
  t("paraphrase", "Define {0}", "Give me a definition of {0}", TOPICS),
  t("paraphrase", "Tell me about {0}", "Can you tell me about {0}, please?", TOPICS),
  t("paraphrase", "What currency does {0} use?", "Which currency is used in {0}?", COUNTRIES),
  t("paraphrase", "What is the area of {0}?", "What's the area of {0}?", COUNTRIES),
  t(
    "paraphrase",
    "On a Mac, how can I take {0}?",
    "How do I take {0} on a Mac?",
    rows("a screenshot / a screen recording / notes / a backup"),
  ),
  t("paraphrase", "How do I start a {0}?", "How does one begin a {0}?", rows("podcast / garden / fundraiser / newsletter")),
  t("paraphrase", "What are the symptoms of {0}?", "What symptoms does {0} have?", rows("flu / asthma / anemia / gout")),
  t("paraphrase", "Is it safe to eat raw {0}?", "Can you safely eat {0} raw?", rows("eggs / salmon / cashews / beef")),
  t("paraphrase", "Who invented the {0}?", "who was the inventor of the {0}", rows("telephone / zipper / transistor / telescope")),
  t(
    "paraphrase",
    "My {0} won't turn on, what can I do?",
    "What should I do when my {0} does not turn on?",
    rows("laptop / phone / oven / car"),
  ),
];

export const ENGLISH: Templates = { tuned: TUNED, heldOut: HELD_OUT };
