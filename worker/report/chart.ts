// Draws one chart as SVG without a browser, in the page's own colours, and writes onto every drawn shape which number it shows.
// Source: contract §15 (charts in a self-contained file).
import {
  BarChart,
  CustomChart,
  type EChartsCoreOption,
  GridComponent,
  init,
  LineChart,
  MarkLineComponent,
  ScatterChart,
  SVGRenderer,
  use,
} from "./charting.ts";
import { escaped, html, trusted, type Html } from "./html.ts";

use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, MarkLineComponent, SVGRenderer]);

/** Width that charts are laid out for, px: a phone's. On a wider page they grow. */
export const CHART_WIDTH = 360;

/** The number behind one drawn shape. */
export interface Mark {
  /** As the database has it. */
  value: number;
  /** Of what, e.g. the cell's name. */
  name: string;
  /** Value with unit, for people. */
  text: string;
}

export interface Chart {
  /** Names the chart in the page; letters and dashes. */
  id: string;
  title: string;
  /** What is drawn, one sentence. */
  caption: string;
  /** px at CHART_WIDTH. */
  height: number;
  /** Colours may be var(--name) of style.ts. Text is escaped by the renderer. */
  option: EChartsCoreOption;
  /** By series, then by data index. Lines and labels beside the data must be `silent`: they would be taken for data. */
  marks: readonly (readonly Mark[])[];
}

/** Draw a chart as a figure. */
export function drawChart(chart: Chart): Html {
  const drawn = init(null, null, { renderer: "svg", ssr: true, width: CHART_WIDTH, height: chart.height });
  try {
    drawn.setOption({ animation: false, ...chart.option });
    const svg = asPartOfPage(drawn.renderToSVGString({ useViewBox: true }), chart);
    return html`<figure data-chart="${chart.id}">
      <figcaption>
        ${chart.title}
        <p>${chart.caption}</p>
      </figcaption>
      ${trusted(svg)}
    </figure>`;
  } finally {
    drawn.dispose(); // else its timer keeps the process alive
  }
}

/** Hover rules and classes go (their names clash between charts); marks and an accessible name come. */
function asPartOfPage(svg: string, chart: Chart): string {
  const label = escaped(`${chart.title}: ${chart.caption}`);
  return svg
    .replace(/<style >.*?<\/style>/s, "")
    .replaceAll(/ class="zr\d+-cls-\d+"/g, "")
    .replace(
      /^<svg[^>]*?(viewBox="[^"]*")[^>]*>/,
      `<svg xmlns="http://www.w3.org/2000/svg" $1 role="img" aria-label="${label}">`,
    )
    .replaceAll(
      SHAPE,
      (shape: string, before: string, series: string, index: string, silent: string, after: string) => {
        const mark = silent === "" ? chart.marks[Number(series)]?.[Number(index)] : undefined;
        if (mark === undefined) return `<path ${before}${after}></path>`;
        const name = escaped(mark.name);
        return `<path ${before}${after} data-series="${series}" data-name="${name}" data-value="${mark.value}"><title>${name}: ${escaped(mark.text)}</title></path>`;
      },
    );
}

const SHAPE =
  /<path ([^>]*?) ecmeta_series_index="(\d+)" ecmeta_data_index="(\d+)" ecmeta_ssr_type="chart"((?: ecmeta_silent="true")?)([^>]*)><\/path>/g;
