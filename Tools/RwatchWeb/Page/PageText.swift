/// The page without what scripts put into it.
enum PageText {
    static let html = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>rwatch</title>
        <link rel="icon" href="/icon.svg">
        <link rel="stylesheet" href="/style.css">
        <script type="module" src="/js/main.js"></script>
        </head>
        <body>
        <a class="skip" href="#events">To the events</a>
        <header>
          <h1><img src="/icon.svg" alt="" width="22" height="22">rwatch</h1>
          <span id="source" class="tag"></span>
          <span id="connection" class="state" role="status" data-state="wait">connecting</span>
          <span class="space"></span>
          <button id="theme" type="button" aria-label="Colours: as the system" title="Colours (t)">auto</button>
          <button id="help-button" type="button" aria-label="Keys and help" title="Keys and help (?)">?</button>
        </header>
        <noscript><p class="note">This page needs JavaScript, which it loads from rwatch alone.</p></noscript>
        <main>
          <section id="summary" aria-label="Summary">
            <dl>
              <div><dt id="rate-label">events a second</dt><dd id="rate">–</dd></div>
              <div><dt id="total-label">events</dt><dd id="total">–</dd></div>
              <div><dt>bytes</dt><dd id="bytes">–</dd></div>
              <div><dt>gaps</dt><dd id="gaps">–</dd></div>
              <div><dt>left out here</dt><dd id="missed">–</dd></div>
            </dl>
          </section>
          <section id="rates" aria-labelledby="rates-title">
            <h2 id="rates-title">Rate</h2>
            <p class="legend"><span class="key line">a second</span><span class="key gap">gap</span>
              <span class="key drop">left out of the list</span><span id="windows"></span></p>
            <div id="chart"></div>
            <p id="chart-text" class="quiet"></p>
          </section>
          <section id="servers" aria-labelledby="servers-title">
            <h2 id="servers-title">Servers and links</h2>
            <ul id="nodes" aria-label="Servers"></ul>
            <ul id="links" aria-label="Links"></ul>
            <h3 id="incidents-title">What happened</h3>
            <ol id="incidents" aria-labelledby="incidents-title"></ol>
          </section>
          <section id="top" aria-labelledby="top-title">
            <h2 id="top-title">Most frequent</h2>
            <div id="tabs" role="tablist" aria-labelledby="top-title"></div>
            <div id="table" role="tabpanel" tabindex="0"></div>
          </section>
          <section id="events" aria-labelledby="events-title" tabindex="-1">
            <h2 id="events-title">Events</h2>
            <form id="selection">
              <label for="where">Only where</label>
              <input id="where" name="where" autocomplete="off" autocapitalize="off" spellcheck="false"
                placeholder="cmd in (set, del) and key ~ &quot;user:*&quot; and size &gt; 1k"
                aria-describedby="where-mistake">
              <button type="submit">Apply</button>
              <button id="pause" type="button" aria-pressed="false" title="Pause (p)">Pause</button>
            </form>
            <pre id="where-mistake" class="mistake" role="alert" hidden></pre>
            <ol id="list" role="log" aria-live="off" aria-label="Events, the latest last" tabindex="0"></ol>
            <p id="list-text" class="quiet" role="status"></p>
          </section>
          <section id="channels" aria-labelledby="channels-title">
            <h2 id="channels-title">Subscriptions</h2>
            <ul id="names" aria-label="What is subscribed to"></ul>
            <form id="subscribe">
              <label for="kind" class="hidden">Kind</label>
              <select id="kind" name="kind"><option value="channel">channel</option>
                <option value="pattern">pattern</option><option value="shard">shard channel</option></select>
              <label for="name" class="hidden">Name</label>
              <input id="name" name="name" required autocomplete="off" autocapitalize="off" spellcheck="false"
                placeholder="orders">
              <button type="submit">Subscribe</button>
            </form>
            <form id="publish" hidden>
              <label for="to" class="hidden">Channel</label>
              <input id="to" name="channel" required autocomplete="off" autocapitalize="off" spellcheck="false"
                placeholder="channel">
              <label for="payload" class="hidden">Message</label>
              <input id="payload" name="payload" autocomplete="off" placeholder="message">
              <button type="submit">Publish</button>
            </form>
            <p id="action" class="quiet" role="status"></p>
          </section>
        </main>
        <dialog id="help" aria-labelledby="help-title">
          <h2 id="help-title">Keys</h2>
          <dl>
            <div><dt><kbd>p</kbd></dt><dd>pause the list, or go on</dd></div>
            <div><dt><kbd>/</kbd></dt><dd>select events</dd></div>
            <div><dt><kbd>s</kbd></dt><dd>subscribe</dd></div>
            <div><dt><kbd>1</kbd> … <kbd>9</kbd></dt><dd>tables</dd></div>
            <div><dt><kbd>t</kbd></dt><dd>colours</dd></div>
            <div><dt><kbd>?</kbd></dt><dd>this help</dd></div>
          </dl>
          <p id="redaction" class="quiet"></p>
          <p id="version" class="quiet"></p>
          <form method="dialog"><button>Close</button></form>
        </dialog>
        </body>
        </html>
        """#

    static let icon = #"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#c6302b"/>
        <path d="M4 18h6l3-9 5 15 3.5-8H28" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"
        stroke-linejoin="round"/></svg>
        """#
}
