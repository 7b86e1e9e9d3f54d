import "@fontsource-variable/inter";
import "@seaway/kit/kit.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { guessLanguage, startI18n } from "./i18n/setup.ts";
import { router } from "./routes.tsx";
import { applyStoredBrand, askBrand } from "./session/brand.ts";
import { SessionProvider } from "./session/session.tsx";
import { applyStoredTheme } from "./session/theme.ts";
import { keepFavicon } from "./tabs/favicon.ts";

// Customers without a server, to look at the desk; the condition is false in builds, so nothing of it is shipped.
if (import.meta.env.DEV && (new URLSearchParams(location.search).has("mock") || sessionStorage.getItem("seaway.mock"))) {
  sessionStorage.setItem("seaway.mock", "1");
  await import("../dev/mock.ts");
}
applyStoredTheme();
applyStoredBrand();
keepFavicon();
// Without an answer the desk stays as it was drawn last.
void askBrand().catch(() => undefined);
await startI18n(guessLanguage());

const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 30_000, refetchOnWindowFocus: false } } });
const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <SessionProvider>
        <RouterProvider router={router} />
      </SessionProvider>
    </QueryClientProvider>
  </StrictMode>,
);
