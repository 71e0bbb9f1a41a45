/** The console's files, read as text when the module is loaded: they are inside of a bundle or compiled file too. */
import apiCss from "./assets/api.css" with { type: "text" };
import apiJs from "./assets/api.js" with { type: "text" };
import appJs from "./assets/app.js" with { type: "text" };
import approvalJs from "./assets/approval.js" with { type: "text" };
import askedWordsJs from "./assets/asked_words.js" with { type: "text" };
import baseCss from "./assets/base.css" with { type: "text" };
import chartJs from "./assets/chart.js" with { type: "text" };
import documentJs from "./assets/document.js" with { type: "text" };
import domJs from "./assets/dom.js" with { type: "text" };
import formatJs from "./assets/format.js" with { type: "text" };
import formsCss from "./assets/forms.css" with { type: "text" };
import iconSvg from "./assets/icon.svg" with { type: "text" };
import indexHtml from "./assets/index.html" with { type: "text" };
import liveJs from "./assets/live.js" with { type: "text" };
import pageApiJs from "./assets/page_api.js" with { type: "text" };
import pageDeployJs from "./assets/page_deploy.js" with { type: "text" };
import pageHostJs from "./assets/page_host.js" with { type: "text" };
import pageKeysJs from "./assets/page_keys.js" with { type: "text" };
import pageLoginJs from "./assets/page_login.js" with { type: "text" };
import pageServiceJs from "./assets/page_service.js" with { type: "text" };
import pageServicesJs from "./assets/page_services.js" with { type: "text" };
import pagesCss from "./assets/pages.css" with { type: "text" };
import partsCss from "./assets/parts.css" with { type: "text" };
import partsJs from "./assets/parts.js" with { type: "text" };
import serviceCss from "./assets/service.css" with { type: "text" };
import serviceAccessJs from "./assets/service_access.js" with { type: "text" };
import serviceLogsJs from "./assets/service_logs.js" with { type: "text" };
import serviceOverviewJs from "./assets/service_overview.js" with { type: "text" };
import serviceTryJs from "./assets/service_try.js" with { type: "text" };
import serviceVersionsJs from "./assets/service_versions.js" with { type: "text" };
import tarJs from "./assets/tar.js" with { type: "text" };
import themeJs from "./assets/theme.js" with { type: "text" };

/** Each file by its name below `/console/`. */
export const CONSOLE_ASSETS: Readonly<Record<string, string>> = {
  "api.css": apiCss,
  "api.js": apiJs,
  "app.js": appJs,
  "approval.js": approvalJs,
  "asked_words.js": askedWordsJs,
  "base.css": baseCss,
  "chart.js": chartJs,
  "document.js": documentJs,
  "dom.js": domJs,
  "format.js": formatJs,
  "forms.css": formsCss,
  "icon.svg": iconSvg,
  "index.html": indexHtml,
  "live.js": liveJs,
  "page_api.js": pageApiJs,
  "page_deploy.js": pageDeployJs,
  "page_host.js": pageHostJs,
  "page_keys.js": pageKeysJs,
  "page_login.js": pageLoginJs,
  "page_service.js": pageServiceJs,
  "page_services.js": pageServicesJs,
  "pages.css": pagesCss,
  "parts.css": partsCss,
  "parts.js": partsJs,
  "service.css": serviceCss,
  "service_access.js": serviceAccessJs,
  "service_logs.js": serviceLogsJs,
  "service_overview.js": serviceOverviewJs,
  "service_try.js": serviceTryJs,
  "service_versions.js": serviceVersionsJs,
  "tar.js": tarJs,
  "theme.js": themeJs,
};
