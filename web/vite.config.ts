// How the page is built: one folder of plain files, nothing fetched from elsewhere.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // The content security policy allows files of our own only, so nothing may become a data: URL.
  build: { assetsInlineLimit: 0, target: "es2022", sourcemap: false },
  worker: { format: "es" },
  server: { proxy: { "/ws": { target: "ws://127.0.0.1:8080", ws: true } } },
});
