// Everything the pages share, one module for each behaviour.
import "./requests.js";
import "./theme.js";
import "./keys.js";
import "./menu.js";
import "./focus.js";
import "./dialog.js";
import "./toast.js";
import "./times.js";
import "./pictures.js";
import "./live.js";
import "./polling.js";
import "./copy.js";
import "./owner-picker.js";
import "./rows.js";
import "./owner-floating.js";
import "./form-draft.js";
import "./selection.js";
