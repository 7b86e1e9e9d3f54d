// Sides of one thing, one shown.
import { Tab, TabList, TabPanel, Tabs as Group } from "react-aria-components";
import type { ReactNode } from "react";

export interface TabSide { id: string; label: string; count?: number; content: ReactNode }

export function Tabs({ label, tabs, selected, onSelect, end }: { label: string; tabs: readonly TabSide[]; selected?: string; onSelect?: (id: string) => void; end?: ReactNode }) {
  return (
    <Group className="tabs" selectedKey={selected} onSelectionChange={(key) => onSelect?.(String(key))}>
      <div className="row" style={{ gap: 0 }}>
        <TabList aria-label={label} className="tablist">
          {tabs.map((tab) => <Tab key={tab.id} id={tab.id}>{tab.label}{tab.count !== undefined && <span className="t3 num">{tab.count}</span>}</Tab>)}
        </TabList>
        {end}
      </div>
      {tabs.map((tab) => <TabPanel key={tab.id} id={tab.id} className="tabpanel">{tab.content}</TabPanel>)}
    </Group>
  );
}
