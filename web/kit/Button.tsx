// One filled button per pane; `danger` is for the end of a call and for what cannot be undone.
import { Button as Pressable, Link, type ButtonProps as PressableProps } from "react-aria-components";
import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon.tsx";
import { KeyCap } from "./KeyCap.tsx";

interface Look {
  variant?: "plain" | "primary" | "soft" | "ghost" | "danger";
  size?: "s";
  icon?: IconName;
  keys?: readonly string[];
  className?: string;
}
export type ButtonProps = Omit<PressableProps, "children" | "className"> & Look & { children: ReactNode };

function looks({ variant = "plain", size, className = "" }: Look): string {
  return `btn ${variant} ${size ?? ""} ${className}`.trim();
}

export function Button({ variant, size, icon, keys, children, className, ...rest }: ButtonProps) {
  return (
    <Pressable {...rest} className={looks({ variant, size, className })}>
      {icon && <Icon name={icon} />}
      {children}
      {keys && <KeyCap keys={keys} />}
    </Pressable>
  );
}

/** Looks like a button, goes to a place. */
export function ButtonLink({ variant, size, icon, keys, children, className, href, download }: Look & { children: ReactNode; href: string; download?: string }) {
  return (
    <Link href={href} download={download} className={looks({ variant, size, className })}>
      {icon && <Icon name={icon} />}
      {children}
      {keys && <KeyCap keys={keys} />}
    </Link>
  );
}
