// How Raycast's window looks, in points of a 750 x 475 window; colours as variables of the appearance.
import type { Appearance } from "./colours.ts";

const THEMES: Record<Appearance, Record<string, string>> = {
  light: {
    ...{ window: "#fbfbfc", text: "#1c1c1f", soft: "#6f6f76", faint: "#a3a3aa", line: "#e3e3e7", row: "#ebebef" },
    ...{ bar: "#f3f3f5", field: "#ffffff", code: "#f0f0f3", shade: "0 24px 60px rgba(30,20,60,.35)", key: "#e6e6ea" },
    backdrop: "linear-gradient(135deg,#b9d6ff 0%,#d9c8ff 48%,#ffd3dd 100%)",
  },
  dark: {
    ...{ window: "#1b1b1f", text: "#f4f4f6", soft: "#9c9ca3", faint: "#6b6b73", line: "#2f2f35", row: "#2b2b31" },
    ...{ bar: "#202025", field: "#232328", code: "#26262c", shade: "0 24px 60px rgba(0,0,0,.6)", key: "#323239" },
    backdrop: "linear-gradient(135deg,#17345f 0%,#3a2466 48%,#6b2346 100%)",
  },
};

const variables = (appearance: Appearance) =>
  Object.entries(THEMES[appearance])
    .map(([name, value]) => `--${name}:${value}`)
    .join(";");

/** @param size of the window, CSS pixels */
export function style(appearance: Appearance, size: { width: number; height: number }): string {
  return `:root{${variables(appearance)};color-scheme:${appearance}}${BASE}${LIST}${DETAIL}${FORM}${OVER}
.window{width:${size.width}px;height:${size.height}px}`;
}

const BASE = `
*{box-sizing:border-box;margin:0;padding:0}
html,body{height:100%}
body{font:13px/1.4 Inter,"SF Pro Text","Helvetica Neue",Arial,"Liberation Sans",sans-serif;color:var(--text);background:var(--backdrop);display:flex;align-items:center;justify-content:center;overflow:hidden;-webkit-font-smoothing:antialiased}
.window{position:relative;display:flex;flex-direction:column;background:var(--window);border-radius:12px;overflow:hidden;box-shadow:var(--shade),0 0 0 .5px rgba(128,128,140,.5)}
.search{display:flex;align-items:center;gap:10px;height:52px;padding:0 14px;font-size:15px;border-bottom:1px solid var(--line);flex:none}
.search .back,kbd{display:inline-flex;align-items:center;justify-content:center;min-width:22px;height:22px;padding:0 5px;border-radius:6px;background:var(--key);color:var(--soft);font:500 11px/1 inherit}
.search .query{flex:1;white-space:nowrap;overflow:hidden}.search .hint{color:var(--faint)}
.dropdown{display:inline-flex;gap:8px;align-items:center;border:1px solid var(--line);border-radius:7px;padding:3px 8px;font-size:13px}
.loading{height:2px;margin-top:-2px;flex:none;background:linear-gradient(90deg,transparent 15%,var(--soft) 45%,transparent 75%)}
.main{flex:1;display:flex;min-height:0}
.bar{height:40px;flex:none;display:flex;align-items:center;gap:10px;padding:0 8px 0 14px;background:var(--bar);border-top:1px solid var(--line);font-size:13px;font-weight:500}
.bar .name{flex:1;display:flex;align-items:center;gap:8px;color:var(--soft);min-width:0;white-space:nowrap;overflow:hidden}.bar .name b{font-weight:500;color:var(--text)}
.bar .key{display:flex;align-items:center;gap:6px;white-space:nowrap}.bar .rule{width:2px;height:14px;border-radius:1px;background:var(--line)}
.dot{width:8px;height:8px;border-radius:4px;flex:none;box-shadow:0 0 0 4px color-mix(in srgb,currentColor 22%,transparent);background:currentColor;margin:0 5px}
.icon{width:16px;height:16px;flex:none;display:inline-flex;align-items:center;justify-content:center}.icon svg,.icon img{width:100%;height:100%}
.app{width:20px;height:20px;border-radius:5px}
`;

const LIST = `
.rows{flex:1;padding:6px 8px;overflow:hidden;min-width:0}.with-detail .rows{flex:0 0 38%;border-right:1px solid var(--line)}
.section{padding:8px 8px 5px;font-size:12px;font-weight:600;color:var(--soft);white-space:nowrap;overflow:hidden}.section span{font-weight:400;color:var(--faint);margin-left:8px}
.row{display:flex;align-items:center;gap:10px;height:40px;padding:0 8px;border-radius:8px;white-space:nowrap}.row.selected{background:var(--row)}
.row .title{flex:0 1 auto;min-width:60px;overflow:hidden;text-overflow:ellipsis;font-weight:500}.row .subtitle{flex:0 2 auto;overflow:hidden;text-overflow:ellipsis;color:var(--soft)}
.row .accessories{margin-left:auto;display:flex;gap:10px;align-items:center;color:var(--soft);flex:none;padding-left:8px}.accessory{display:inline-flex;gap:5px;align-items:center}
.tag{display:inline-flex;gap:4px;align-items:center;border-radius:5px;padding:1px 6px;font-size:12px;font-weight:500;background:color-mix(in srgb,currentColor 15%,transparent)}
.empty{flex:1;display:flex;flex-direction:column;align-items:center;justify-content:center;gap:8px;text-align:center;padding:0 90px}.empty .icon{width:56px;height:56px;color:var(--soft);margin-bottom:6px}.empty h1{font-size:16px;font-weight:600}.empty p{color:var(--soft);font-size:14px}
`;

const DETAIL = `
.detail{flex:1;display:flex;min-width:0;overflow:hidden}.detail.below{flex-direction:column}
.markdown{flex:1;padding:16px 20px;overflow:hidden;font-size:13.5px;line-height:1.5;min-width:0;min-height:0}.below .markdown{padding:12px 14px;flex:1 1 50%;min-height:48%}
.markdown>*+*{margin-top:10px}.markdown>:first-child{margin-top:0!important}.markdown h1{font-size:20px;line-height:1.25}.markdown h2{font-size:16px;margin-top:16px}.markdown h3{font-size:14px}.markdown ul,.markdown ol{padding-left:20px}
.markdown code{font:12px/1.5 ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace;background:var(--code);border-radius:4px;padding:1px 4px}.markdown pre{background:var(--code);border-radius:8px;padding:10px 12px;overflow:hidden;white-space:pre-wrap;overflow-wrap:anywhere}.markdown pre code{padding:0;background:none}
.markdown table{border-collapse:collapse;width:100%;font-size:12.5px}.markdown th,.markdown td{border:1px solid var(--line);padding:4px 8px;text-align:left}.markdown th{background:var(--bar)}
.markdown img{max-width:100%;display:block}.markdown blockquote{border-left:3px solid var(--line);padding-left:10px;color:var(--soft)}.markdown hr{border:0;border-top:1px solid var(--line)}.markdown a,.metadata a{color:inherit;text-decoration:underline;text-decoration-color:var(--faint)}
.metadata{flex:0 0 34%;border-left:1px solid var(--line);padding:14px 16px;overflow:hidden;display:flex;flex-direction:column;gap:10px}
.metadata dt{color:var(--soft);font-size:12px;font-weight:500}.metadata dd{display:flex;flex-wrap:wrap;gap:5px;align-items:center;margin-top:2px}.metadata hr{border:0;border-top:1px solid var(--line)}
.below .metadata{flex:0 1 auto;border-left:0;border-top:1px solid var(--line);gap:7px;padding:10px 14px}.below .metadata div{display:flex;justify-content:space-between;gap:14px}.below .metadata dd{margin:0;justify-content:flex-end;text-align:right;font-size:12.5px;min-width:0;overflow:hidden;flex-wrap:nowrap;white-space:nowrap}.below .metadata dd>span:not(.tag):not(.icon){overflow:hidden;text-overflow:ellipsis}.below .metadata dt{white-space:nowrap}
`;

const FORM = `
.form{flex:1;padding:16px 20px;display:flex;flex-direction:column;gap:11px;overflow:hidden}.form hr{border:0;border-top:1px solid var(--line);margin:2px 0}
.field{display:grid;grid-template-columns:150px minmax(0,1fr) 130px;gap:14px;align-items:start}.field>label{text-align:right;color:var(--soft);font-weight:500;padding-top:5px}
.field .input{border:1px solid var(--line);border-radius:7px;background:var(--field);padding:4px 9px;min-height:30px;display:flex;gap:6px;align-items:center;flex-wrap:wrap}.field .input.area{min-height:64px;align-items:flex-start;white-space:pre-wrap}.field .input.bad{border-color:#e5484d}.field .input.focused{border-color:var(--soft)}
.field .input .arrow{margin-left:auto;color:var(--faint)}.field .hint{color:var(--faint)}.field .note{font-size:12px;color:var(--faint);padding-top:6px}.field .note.bad{color:#e5484d}
.check{display:flex;gap:8px;align-items:center;padding-top:5px}.box{width:16px;height:16px;border-radius:5px;border:1px solid var(--faint);display:inline-flex;align-items:center;justify-content:center;font-size:11px;flex:none}.box.on{background:#0a7bdc;border-color:#0a7bdc;color:#fff}
.said{color:var(--soft);padding-top:5px;white-space:pre-wrap}
`;

const OVER = `
.panel{position:absolute;right:10px;bottom:48px;width:330px;max-height:370px;overflow:hidden;background:var(--window);border-radius:11px;box-shadow:0 14px 40px rgba(0,0,0,.35),0 0 0 1px var(--line);padding:6px}
.panel .entry{display:flex;gap:9px;align-items:center;height:34px;padding:0 8px;border-radius:7px;font-weight:500;white-space:nowrap}.panel .entry:first-of-type.first{background:var(--row)}.panel .entry .keys{margin-left:auto;display:flex;gap:3px}.panel .entry.bad{color:#e5484d}
.panel .over{font-size:12px;font-weight:600;color:var(--soft);padding:6px 8px 4px}.panel hr{border:0;border-top:1px solid var(--line);margin:5px 2px}.panel kbd{min-width:20px;height:20px}
.veil{position:absolute;inset:0;background:rgba(0,0,0,.28);display:flex;align-items:center;justify-content:center}
.alert{width:340px;background:var(--window);border-radius:14px;box-shadow:0 14px 40px rgba(0,0,0,.4),0 0 0 1px var(--line);padding:20px;text-align:center;display:flex;flex-direction:column;gap:10px}.alert h1{font-size:15px}.alert p{color:var(--soft);white-space:pre-wrap}.alert .buttons{display:flex;gap:8px;margin-top:4px}.alert .button{flex:1;border-radius:8px;background:var(--key);padding:7px;font-weight:600}.alert .button.bad{color:#e5484d}
.desktop{position:absolute;inset:0}.menubar{height:28px;background:color-mix(in srgb,var(--window) 82%,transparent);display:flex;justify-content:flex-end;align-items:center;gap:18px;padding:0 16px;font-size:13px;font-weight:500}.menubar .extra{display:flex;gap:6px;align-items:center;background:color-mix(in srgb,var(--text) 12%,transparent);border-radius:5px;padding:2px 8px}
.menu{position:absolute;right:120px;top:32px;min-width:300px;max-width:440px;background:var(--window);border-radius:9px;box-shadow:0 14px 40px rgba(0,0,0,.35),0 0 0 1px var(--line);padding:5px;font-size:13px}.menu .entry{display:flex;gap:8px;align-items:center;padding:4px 9px;white-space:nowrap}.menu .entry.idle{color:var(--faint)}.menu .entry .soft{color:var(--soft)}.menu .entry .keys{margin-left:auto;color:var(--soft);padding-left:24px}.menu .over{padding:5px 9px 2px;font-size:11px;font-weight:600;color:var(--soft)}.menu hr{border:0;border-top:1px solid var(--line);margin:5px 8px}
`;
