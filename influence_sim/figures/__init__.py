"""Pictures of results, for pages, reports and notebooks; they need the extra ``viz``."""
