// The workspace's sign where it has one, else our own in its accent.
import { useBrand } from "../session/brand.ts";

export function Logo() {
  const { logo } = useBrand();
  if (logo) return <img className="logo" src={logo.icon} alt="" />;
  return (
    <svg className="logo" viewBox="0 0 24 24" aria-hidden="true">
      <rect width="24" height="24" rx="7" fill="var(--accent)" />
      <path d="M4.5 10.2c2.5-2.6 5-2.6 7.5 0s5 2.6 7.5 0" fill="none" stroke="var(--on-accent)" strokeWidth="2" strokeLinecap="round" />
      <path d="M7.8 15.2c1.4-1.5 2.8-1.5 4.2 0s2.8 1.5 4.2 0" fill="none" stroke="var(--on-accent)" strokeWidth="2" strokeLinecap="round" opacity=".65" />
    </svg>
  );
}
