// The parts of the charting library that charts use. Built into a file of its own (scripts/build-worker.mjs): it is half of the
// program, and only a report loads it.
export { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
export { GridComponent, MarkLineComponent } from "echarts/components";
export { init, use, type EChartsCoreOption } from "echarts/core";
export { SVGRenderer } from "echarts/renderers";
