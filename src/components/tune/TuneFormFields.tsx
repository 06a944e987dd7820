// The fields that every tune is about: context, candidates, provider, drain, method.
import { Form } from "@raycast/api";
import { METHODS } from "../../../worker/core/search/methods.ts";
import { REAL_SERVERS, SERVERS } from "../../../worker/providers/index.ts";
import type { TuneFormState } from "../../hooks/use-tune-form.ts";
import type { TuneValues } from "../../lib/tune/tune-form.ts";

const CONTEXT_INFO =
  "The prompt length that you need, in tokens. Every model is measured at it, and the first of the list that serves it is taken.";
const CANDIDATES_INFO =
  "Which models are tried, in order. The provider's list is largest first; Models on Disk are those that are complete in the Hugging Face cache.";
const MODELS_INFO =
  "One per line: owner/name of the Hugging Face Hub, or a folder. The order counts: the first that fits is taken, so put the one you want most first.";
const PROVIDER_INFO = `The program that serves the models. Automatic takes ${REAL_SERVERS.map(({ id }) => id).join(" if it is installed, else ")}, else the simulator.`;
const DRAIN_INFO =
  "A provider that serves already holds the memory and would falsify every figure. With this on it is taken out of service for the tune. Under launchd it is brought back whatever happens; one that was started by hand stays stopped unless it is to be restarted.";
const FOREGROUND_INFO =
  "A provider started in a terminal is started again after the tune as it was, without the terminal.";
const METHOD_INFO = METHODS.map(({ help }) => help).join(" ");

export function TuneFormFields({ form }: { form: TuneFormState }) {
  const { values, set, shows, text } = form;
  return (
    <>
      <Form.TextField {...text("targetContext")} info={CONTEXT_INFO} />
      <CandidateFields form={form} />
      <Form.Dropdown
        id="provider"
        title="Provider"
        value={values.provider}
        onChange={(value) => set("provider", value as TuneValues["provider"])}
        info={PROVIDER_INFO}
      >
        <Form.Dropdown.Item value="auto" title="Automatic" />
        {SERVERS.map(({ id, title }) => (
          <Form.Dropdown.Item key={id} value={id} title={title} />
        ))}
      </Form.Dropdown>
      {shows("simulatedProfile") ? <Form.TextField {...text("simulatedProfile")} /> : null}
      <Form.Checkbox
        id="drain"
        title="Live Provider"
        label="Drain for the tune"
        value={values.drain}
        onChange={(on) => set("drain", on)}
        info={DRAIN_INFO}
      />
      {shows("restartForeground") ? (
        <Form.Checkbox
          id="restartForeground"
          label="Restart foreground provider"
          value={values.restartForeground}
          onChange={(on) => set("restartForeground", on)}
          info={FOREGROUND_INFO}
        />
      ) : null}
      <Form.Dropdown
        id="method"
        title="Method"
        value={values.method}
        onChange={(value) => set("method", value as TuneValues["method"])}
        info={METHOD_INFO}
      >
        {METHODS.map(({ name, title }) => (
          <Form.Dropdown.Item key={name} value={name} title={title} />
        ))}
      </Form.Dropdown>
    </>
  );
}

function CandidateFields({ form: { values, problems, set, shows } }: { form: TuneFormState }) {
  const problem = problems.models;
  return (
    <>
      <Form.Dropdown
        id="candidates"
        title="Candidates"
        value={values.candidates}
        onChange={(value) => set("candidates", value as TuneValues["candidates"])}
        info={CANDIDATES_INFO}
      >
        <Form.Dropdown.Item value="list" title="The Provider's List" />
        <Form.Dropdown.Item value="cached" title="Models on Disk" />
        <Form.Dropdown.Item value="own" title="My Own List" />
      </Form.Dropdown>
      {shows("models") ? (
        <Form.TextArea
          id="models"
          title="Models"
          value={values.models}
          onChange={(models) => set("models", models)}
          placeholder="mlx-community/Qwen2.5-14B-Instruct-4bit"
          info={MODELS_INFO}
          {...(problem === undefined ? {} : { error: problem })}
        />
      ) : null}
    </>
  );
}
