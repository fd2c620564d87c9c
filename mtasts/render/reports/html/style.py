"""The one style sheet of the pages. Colours are named once per scheme; tests hold them against WCAG 2.1 contrast.

Blue and orange-red stand for passed and failed, which the common kinds of colour blindness tell apart; every colour is
also said in words or by its place.
"""

LIGHT = {
    "bg": "#f5f7f9",
    "card": "#ffffff",
    "ink": "#18222e",
    "soft": "#55626f",
    "line": "#d9e0e7",
    "ok": "#2c6fae",
    "bad": "#b93a16",
    "badbg": "#fdeee9",
    "warn": "#7d5700",
    "warnbg": "#fdf4df",
    "good": "#1d6f45",
    "goodbg": "#e5f5ec",
    "pub": "#6a3fb5",
    "link": "#1a5c9e",
    "quiet": "#eef2f5",
    "hatch": "#c3ccd5",
}

DARK = {
    "bg": "#10161d",
    "card": "#182029",
    "ink": "#e6ecf2",
    "soft": "#a5b2c0",
    "line": "#2d3945",
    "ok": "#62a8e8",
    "bad": "#ff8f6b",
    "badbg": "#3a1f18",
    "warn": "#efbd63",
    "warnbg": "#352a12",
    "good": "#6fd39c",
    "goodbg": "#14301f",
    "pub": "#bba2ff",
    "link": "#7cbcf5",
    "quiet": "#202a35",
    "hatch": "#435260",
}

_RULES = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue","Noto Sans","DejaVu Sans",Arial,sans-serif;font-variant-numeric:tabular-nums}
main,header.top,footer{max-width:70rem;margin:0 auto;padding:0 1.25rem}
header.top{padding-top:1.5rem}
footer{padding:1.5rem 1.25rem 3rem;color:var(--soft);font-size:.875rem}
footer p{max-width:46rem}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
h1{font-size:1.75rem;line-height:1.2;margin:.35rem 0 .25rem;overflow-wrap:anywhere;letter-spacing:-.01em}
h2{font-size:1.15rem;margin:0 0 .75rem;letter-spacing:-.005em}
h3{font-size:1rem;margin:1.25rem 0 .5rem}
p{margin:.4rem 0}
.crumb{font-size:.9rem;margin:0}
.sub,.note{color:var(--soft)}
.note{font-size:.9rem;max-width:48rem}
code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em;
overflow-wrap:anywhere}
section{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.15rem 1.25rem;margin:1rem 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;margin:1.1rem 0 1rem;padding:0;
list-style:none}
.tiles li{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:.8rem 1rem}
.tiles b{display:block;font-size:1.6rem;line-height:1.2;font-weight:650;letter-spacing:-.02em}
.tiles span{color:var(--soft);font-size:.875rem}
.tiles .bad b{color:var(--bad)}
.needs{list-style:none;margin:.5rem 0 0;padding:0;display:grid;gap:.7rem}
.needs li{display:grid;grid-template-columns:1.6rem minmax(7rem,11rem) minmax(6rem,16rem) 1fr;gap:.25rem .9rem;
align-items:center}
.needs .mark{font-weight:700;text-align:center;border-radius:50%;width:1.5rem;height:1.5rem;line-height:1.5rem;
font-size:.85rem}
.needs .met .mark,.met .mark{background:var(--goodbg);color:var(--good)}
.needs .unmet .mark{background:var(--badbg);color:var(--bad)}
.needs b{font-weight:600}
.needs .lack{color:var(--soft);font-size:.9rem}
.meter{display:block;width:100%;height:.6rem}
.meter .all{fill:var(--quiet);stroke:var(--line)}
.met .meter .part{fill:var(--good)}
.unmet .meter .part{fill:var(--bad)}
figure{margin:0}
figure svg{display:block;overflow:visible}
.grid{stroke:var(--line);stroke-width:1}
.base{stroke:var(--soft);stroke-width:1}
.ok{fill:var(--ok)}
.fail{fill:var(--bad)}
.gap{fill:url(#hatch)}
.hatch{stroke:var(--hatch);stroke-width:1.5}
.open{fill:var(--quiet)}
.pub{stroke:var(--pub);stroke-width:1.5;stroke-dasharray:4 3}
.flag{fill:var(--pub)}
svg text{font-size:12px;fill:var(--soft);font-family:inherit}
svg text.flagtext{fill:var(--card);font-weight:700;font-size:11px}
svg text.over{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:.75rem 0 0;padding:0;list-style:none;font-size:.875rem;
color:var(--soft)}
.legend svg{display:inline-block;vertical-align:-1px;margin-right:.4rem}
.pubs{margin:.6rem 0 0;padding:0;list-style:none;font-size:.9rem}
.pubs li{margin:.3rem 0;overflow-wrap:anywhere}
.pubs .flagbox{display:inline-block;background:var(--pub);color:var(--card);font-weight:700;font-size:.75rem;
border-radius:.25rem;padding:0 .35rem;margin-right:.5rem}
table{border-collapse:collapse;width:100%;font-size:.925rem}
caption{text-align:left;color:var(--soft);font-size:.875rem;padding-bottom:.4rem}
th,td{text-align:left;vertical-align:top;padding:.5rem .7rem .5rem 0;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--soft);font-weight:600;font-size:.8125rem;vertical-align:bottom;padding-top:0}
th.n,td.n{text-align:right;white-space:nowrap}
th:last-child,td:last-child{padding-right:0}
tbody th{font-weight:600;overflow-wrap:anywhere}
td{overflow-wrap:anywhere}
td.when,.nowrap{white-space:nowrap}
.when{padding-left:.9rem}
.fix{margin-top:.25rem}
@media (min-width:46.01rem){
.failures th:first-child{width:16%}
.failures thead th:nth-child(2){width:19%}
.failures thead th:nth-child(3){width:20%}
td.id{white-space:nowrap}
.fleet{table-layout:fixed}
.fleet thead th:nth-child(n+2){width:4.8rem}
.fleet thead th:nth-child(2){width:6.5rem}
.fleet thead th:nth-child(4){width:5.8rem}
.fleet thead th:nth-child(6){width:7.6rem}
.fleet thead th:nth-child(7){width:9.5rem}
}
.chip{display:inline-block;border-radius:1rem;padding:.05rem .6rem;font-size:.8125rem;font-weight:600;
white-space:nowrap}
.chip.bad{background:var(--badbg);color:var(--bad)}
.chip.warn{background:var(--warnbg);color:var(--warn)}
.chip.good{background:var(--goodbg);color:var(--good)}
.chip.plain{background:var(--quiet);color:var(--soft)}
.warnings{margin:0;padding-left:1.2rem}
.warnings li{margin:.25rem 0;overflow-wrap:anywhere}
.untrusted{border-style:dashed}
summary{cursor:pointer;font-weight:600}
.spark{display:block;width:100%;height:22px}
.sok{stroke:var(--ok);stroke-width:3}
.sbad{stroke:var(--bad);stroke-width:3}
.sparkcell{width:9rem;min-width:6rem}
nav.jump{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;font-size:.925rem;margin:.75rem 0}
.lacks{color:var(--soft);font-weight:400}
.num0{color:var(--soft)}
.numbad{color:var(--bad);font-weight:650}
@media (max-width:46rem){
body{overflow-wrap:anywhere}
main,header.top,footer{padding-left:.9rem;padding-right:.9rem}
section{padding:.95rem .9rem}
h1{font-size:1.45rem}
.tiles{grid-template-columns:1fr 1fr;gap:.55rem}
.tiles b{font-size:1.35rem}
.needs li{grid-template-columns:1.6rem 1fr}
.needs .meter,.needs .lack{grid-column:2}
.wide{display:none}
table.cards,table.cards tbody,table.cards tr,table.cards th,table.cards td{display:block;text-align:left}
table.cards thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table.cards tr{border-top:1px solid var(--line);padding:.6rem 0}
table.cards tr:first-child{border-top:0}
table.cards th,table.cards td{border:0;padding:.1rem 0;white-space:normal;width:auto}
table.cards td[data-label]::before{content:attr(data-label) ": ";color:var(--soft)}
table.cards caption{display:block;padding-bottom:.2rem}
table.cards td.blank{display:none}
table.failures td{padding-top:.35rem}
table.failures td[data-label]::before{display:block;content:attr(data-label);font-size:.8125rem;font-weight:600}
.sparkcell{width:100%}
table.fleet td.n,table.fleet td.when,table.reporters td.n,table.reporters td.when,table.days td{display:inline-block;
margin-right:1rem}
table.fleet td.sparkcell::before,table.days td[data-label=""]::before{content:none}
}
@media print{
body{background:#fff;font-size:10.5pt}
section,.tiles li{break-inside:avoid;border-color:#bbb;box-shadow:none}
section.long{break-inside:auto}
tr{break-inside:avoid}
.skip,nav.jump,.crumb{display:none}
a{color:inherit;text-decoration:none}
details::details-content{content-visibility:visible;height:auto;display:block}
.ok,.fail,.gap,.open,.flag,.part,.all,.mark,.chip,.flagbox{print-color-adjust:exact;-webkit-print-color-adjust:exact}
@page{margin:14mm}
}
.skip{position:absolute;left:-100vw}
.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.3rem .7rem;border-radius:.4rem;z-index:2}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
"""


def _scheme(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())


# Print always uses the light scheme: ink on paper.
STYLE = (
    f":root{{color-scheme:light dark;{_scheme(LIGHT)}}}"
    f"@media screen and (prefers-color-scheme:dark){{:root{{{_scheme(DARK)}}}}}" + _RULES.strip().replace("\n", "")
)
