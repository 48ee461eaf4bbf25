import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeServer, listen } from '../../tools/http.js';

/** A server of another origin that notices every connection. */
export interface Canary {
  readonly origin: string;
  /** The paths that were asked for, and `connection` for each connection. */
  readonly seen: string[];
  close(): Promise<void>;
}

export async function startCanary(page: (origin: string) => string): Promise<Canary> {
  const seen: string[] = [];
  let origin = '';
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    seen.push(request.url ?? '');
    const isPage = request.url === '/page';
    response.writeHead(200, { 'content-type': isPage ? 'text/html' : 'text/plain' });
    response.end(isPage ? page(origin) : '');
  });
  server.on('connection', () => seen.push('connection'));
  origin = `http://127.0.0.1:${await listen(server, 0)}`;
  return { origin, seen, close: () => closeServer(server) };
}

/** A mail body that tries to run, to load, to connect, to leave its frame and to lure, in every way known to us. */
export function hostileHtml(origin: string): string {
  return `<!doctype html><html><head>
<title>pwned</title>
<meta http-equiv="refresh" content="0;url=${origin}/refresh">
<base href="${origin}/base/" target="_top">
<link rel="stylesheet" href="${origin}/link.css">
<LINK REL="preconnect" HREF="${origin}"><link
 rel=dns-prefetch href="${origin}"><link/rel=prefetch href="${origin}/prefetch"><link rel="icon" href="${origin}/icon">
<style>@import url("${origin}/import.css"); @font-face { font-family: f; src: url("${origin}/font") }
body { background: url("${origin}/background"); font-family: f }</style>
<script>parent.pwned = top.pwned = window.pwned = 1; document.title = 'pwned'; alert(1); fetch('${origin}/fetch')</script>
<script src="${origin}/script.js"></script>
</head><body onload="alert('onload'); new Image().src = '${origin}/onload'">
<p>Your code is <b>5928</b></p>
<img src="${origin}/image" onerror="alert('onerror')">
<img src="x" onerror="alert('relative'); new Image().src = '${origin}/onerror'">
<img srcset="${origin}/srcset 1x">
<svg onload="alert('svg')"><image href="${origin}/svg-image" /><use href="${origin}/use#a" /><script>alert('svg script')</script></svg>
<iframe src="${origin}/iframe"></iframe>
<iframe srcdoc="<script>alert('srcdoc'); top.pwned = 1</script><img src='${origin}/srcdoc'>"></iframe>
<iframe src="javascript:alert('javascript')"></iframe>
<object data="${origin}/object"></object><embed src="${origin}/embed">
<video src="${origin}/video" poster="${origin}/poster" autoplay></video><audio src="${origin}/audio" autoplay></audio>
<input type="image" src="${origin}/input"><table background="${origin}/table"><tr><td>a</td></tr></table>
<form id="form" action="${origin}/form" target="_top"><input name="code" autofocus onfocus="alert('focus')"><button id="submit">Submit</button></form>
<a id="link" href="${origin}/link" ping="${origin}/ping">a link</a>
<a id="top" href="${origin}/top" target="_top">a link to the top</a>
<a id="blank" href="${origin}/blank" target="_blank">a link to a new tab</a>
<a id="script" href="javascript:alert('href')">a script</a>
<div style="background-image: url('${origin}/style')">styled</div>
<marquee onstart="alert('marquee')">x</marquee><details open ontoggle="alert('toggle')">x</details>
</body></html>`;
}
