// What these pages stand on: the kit's styles and their own.
import "@seaway/kit/kit.css";
import "./pages.css";
import { Outlet } from "react-router";

export function Ground() {
  return <Outlet />;
}
