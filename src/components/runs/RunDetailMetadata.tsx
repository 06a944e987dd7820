// Facts beside a list and beside a page: the same facts, each in the elements of its place.
import { Detail, List } from "@raycast/api";
import { COLORS } from "../../lib/ui/palette.ts";
import type { Fact } from "../../lib/runs/run-facts.ts";

const PLACES = { list: List.Item.Detail.Metadata, page: Detail.Metadata };

export function FactsMetadata({ facts, place }: { facts: Fact[]; place: keyof typeof PLACES }) {
  const Metadata = PLACES[place];
  return (
    <Metadata>
      {facts.map((fact, index) => {
        // Facts come and go while a run goes on; their places say nothing.
        const key = fact.kind === "line" ? `line-${index}` : fact.title;
        switch (fact.kind) {
          case "line":
            return <Metadata.Separator key={key} />;
          case "text":
            return <Metadata.Label key={key} title={fact.title} text={fact.text} />;
          case "tags":
            return (
              <Metadata.TagList key={key} title={fact.title}>
                {fact.tags.map(({ text, meaning }) => (
                  <Metadata.TagList.Item key={text} text={text} color={COLORS[meaning]} />
                ))}
              </Metadata.TagList>
            );
        }
      })}
    </Metadata>
  );
}
