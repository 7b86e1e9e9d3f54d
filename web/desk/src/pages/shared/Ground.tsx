// What all these pages stand on: links of the kit go through the router, and the styles are there.
import "@seaway/kit/kit.css";
import "./pages.css";
import { RouterProvider } from "react-aria-components";
import { Outlet, useHref, useNavigate } from "react-router";

export function Ground() {
  const navigate = useNavigate();
  return (
    <RouterProvider navigate={(to) => void navigate(to)} useHref={useHref}>
      <Outlet />
    </RouterProvider>
  );
}
