// Shows GraphiQL with an example. The page's address may name a shop (?saleorApiUrl=…) and, after
// the #, which no browser sends to a server, a token (#token=…).
(function () {
  "use strict";

  var EXAMPLE = [
    "# What the shop offers, and what you have.",
    "#",
    "# Write into the headers below the address of",
    "# your Saleor's API and, to ask for `me`, the",
    "# token a customer got from its tokenCreate.",
    "# Without a token `me` is null.",
    "query Points {",
    "  programme {",
    "    name",
    "    pointsName",
    "    earningRates {",
    "      points",
    "      per {",
    "        amount",
    "        currency",
    "      }",
    "    }",
    "  }",
    "  me {",
    "    balance {",
    "      available",
    "      pending",
    "      nextExpiry {",
    "        points",
    "        at",
    "      }",
    "    }",
    "    history(first: 5) {",
    "      edges {",
    "        node {",
    "          points",
    "          reason",
    "          occurredAt",
    "        }",
    "      }",
    "    }",
    "  }",
    "}",
    "",
  ].join("\n");

  var shop = new URLSearchParams(window.location.search).get("saleorApiUrl") || "";
  var token = new URLSearchParams(window.location.hash.slice(1)).get("token") || "";
  var headers = { "Saleor-Api-Url": shop, "Authorization-Bearer": token };

  var graphiql = React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: window.location.pathname }),
    defaultQuery: EXAMPLE,
    headers: JSON.stringify(headers, null, 2),
    defaultEditorToolsVisibility: "headers",
    // Tokens stay in this tab.
    shouldPersistHeaders: false,
  });
  ReactDOM.createRoot(document.getElementById("graphiql")).render(graphiql);
})();
