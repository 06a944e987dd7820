// Which components there are, what each may be given and where it may stand. Source: the types of @raycast/api 1.104, to which
// tests/raycast/host.test.ts compares this table.

export interface ComponentSpec {
  /** Types (or "slot:<prop>") that it may be a child of. */
  within: string[];
  props: string[];
  required: string[];
  /** Props that hold elements; "children" is none of them. */
  slots: string[];
}

const PANEL = ["ActionPanel", "ActionPanel.Section", "ActionPanel.Submenu"];
const MENU = ["MenuBarExtra", "MenuBarExtra.Section", "MenuBarExtra.Submenu"];
const SEARCH_BAR = "filtering isLoading throttle onSearchTextChange";
const VIEW = "actions navigationTitle isLoading";
const FIELD = "title info error storeValue autoFocus value defaultValue onChange onBlur onFocus id! ref";
const LOOK = "title icon shortcut";

/** "name" is optional, "name!" required, "@name" holds an element. */
function spec(within: string[], ...props: string[]): ComponentSpec {
  const words = props.flatMap((text) => text.split(" ")).filter((word) => word !== "");
  const bare = (word: string) => word.replace(/[@!]/g, "");
  const marked = (mark: string) => words.filter((word) => word.includes(mark)).map(bare);
  return { within, props: [...new Set(words.map(bare))], required: marked("!"), slots: marked("@") };
}

const field = (...props: string[]) => spec(["Form"], FIELD, ...props);
const action = (...props: string[]) => spec(PANEL, ...props);

export const COMPONENTS: Record<string, ComponentSpec> = {
  List: spec(
    ["view"],
    SEARCH_BAR,
    VIEW,
    "@actions @searchBarAccessory children pagination onSelectionChange searchText",
    "enableFiltering searchBarPlaceholder selectedItemId isShowingDetail",
  ),
  "List.Item": spec(
    ["List", "List.Section"],
    "title! id subtitle keywords icon accessoryIcon accessoryTitle accessories @actions @detail quickLook",
  ),
  "List.Item.Detail": spec(["slot:detail"], "isLoading markdown @metadata"),
  "List.Section": spec(["List"], "children id title subtitle"),
  "List.EmptyView": spec(["List"], "icon title description @actions"),
  "List.Dropdown": spec(
    ["slot:searchBarAccessory"],
    SEARCH_BAR,
    "tooltip! id placeholder storeValue value defaultValue children onChange",
  ),
  "List.Dropdown.Section": spec(["List.Dropdown"], "children title"),
  "List.Dropdown.Item": spec(["List.Dropdown", "List.Dropdown.Section"], "value! title! icon keywords"),

  Detail: spec(["view"], VIEW, "@actions markdown @metadata"),
  "Detail.Metadata": spec(["slot:metadata"], "children!"),
  "Detail.Metadata.Label": spec(["Detail.Metadata"], "title! icon text"),
  "Detail.Metadata.Separator": spec(["Detail.Metadata"]),
  "Detail.Metadata.Link": spec(["Detail.Metadata"], "title! target! text!"),
  "Detail.Metadata.TagList": spec(["Detail.Metadata"], "title! children!"),
  "Detail.Metadata.TagList.Item": spec(["Detail.Metadata.TagList"], "icon text color onAction"),

  Form: spec(["view"], VIEW, "@actions enableDrafts @searchBarAccessory children"),
  "Form.TextField": field("placeholder"),
  "Form.PasswordField": field("placeholder"),
  "Form.TextArea": field("placeholder enableMarkdown"),
  "Form.Checkbox": field("label!"),
  "Form.DatePicker": field("type min max"),
  "Form.Dropdown": field(SEARCH_BAR, "placeholder children"),
  "Form.Dropdown.Section": spec(["Form.Dropdown"], "children title"),
  "Form.Dropdown.Item": spec(["Form.Dropdown", "Form.Dropdown.Section"], "value! title! icon keywords"),
  "Form.TagPicker": field("children placeholder"),
  "Form.TagPicker.Item": spec(["Form.TagPicker"], "value! title! icon"),
  "Form.FilePicker": field("canChooseFiles canChooseDirectories showHiddenFiles allowMultipleSelection"),
  "Form.Description": spec(["Form"], "title text!"),
  "Form.Separator": spec(["Form"]),
  "Form.LinkAccessory": spec(["slot:searchBarAccessory"], "target! text!"),

  ActionPanel: spec(["slot:actions"], "children title"),
  "ActionPanel.Section": spec(["ActionPanel", "ActionPanel.Submenu"], "children title"),
  "ActionPanel.Submenu": spec(PANEL, SEARCH_BAR, "title! id icon shortcut children onOpen autoFocus"),
  Action: action("title! id icon style shortcut onAction autoFocus"),
  "Action.CopyToClipboard": action(LOOK, "content! transient concealed onCopy"),
  "Action.Open": action("title! target! icon shortcut application onOpen"),
  "Action.OpenInBrowser": action(LOOK, "url! onOpen"),
  "Action.OpenWith": action(LOOK, "path! onOpen"),
  "Action.Paste": action(LOOK, "content! onPaste"),
  "Action.Push": action("title! target! icon shortcut onPush onPop"),
  "Action.ShowInFinder": action(LOOK, "path! onShow"),
  "Action.SubmitForm": action(LOOK, "style onSubmit"),
  "Action.Trash": action(LOOK, "paths! onTrash"),
  "Action.ToggleQuickLook": action(LOOK),

  MenuBarExtra: spec(["view"], "isLoading title tooltip icon children"),
  "MenuBarExtra.Item": spec([...MENU, "slot:alternate"], "title! subtitle icon tooltip onAction shortcut @alternate"),
  "MenuBarExtra.Section": spec(["MenuBarExtra", "MenuBarExtra.Submenu"], "children title"),
  "MenuBarExtra.Separator": spec(MENU),
  "MenuBarExtra.Submenu": spec(MENU, "title! icon children"),
};

/** In the API but not in this host: naming one of them fails with a clear text. */
export const NOT_OFFERED = [
  "Action.CreateQuicklink",
  "Action.CreateSnippet",
  "Action.InstallMCPServer",
  "Action.PickDate",
];

/** Titles of actions that name themselves. */
export const OWN_TITLES: Record<string, string> = {
  "Action.CopyToClipboard": "Copy to Clipboard",
  "Action.OpenInBrowser": "Open in Browser",
  "Action.OpenWith": "Open With",
  "Action.Paste": "Paste in Active App",
  "Action.ShowInFinder": "Show in Finder",
  "Action.SubmitForm": "Submit Form",
  "Action.Trash": "Move to Trash",
  "Action.ToggleQuickLook": "Quick Look",
};
