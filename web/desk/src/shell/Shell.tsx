import { Navigate, Outlet } from "react-router";
import { useSession } from "../session/session.tsx";

export function Shell() {
  const { session } = useSession();
  if (session.phase === "signed-out") return <Navigate to="/login" replace />;
  if (session.phase !== "signed-in") return null;
  return <Outlet />;
}
