use scraper::{ElementRef, Html, Selector};

/// A page as it arrived.
pub struct Page {
    pub url: reqwest::Url,
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
    html: Html,
}

/// A form of a page: where it goes and what it would send untouched.
#[derive(Debug)]
pub struct Form {
    pub action: String,
    pub method: String,
    pub fields: Vec<(String, String)>,
    /// Names of all fields, also of those that send nothing untouched (unchecked boxes).
    pub names: Vec<String>,
}

impl Page {
    pub fn new(url: reqwest::Url, status: u16, headers: reqwest::header::HeaderMap, body: String) -> Self {
        let html = Html::parse_document(&body);
        Self { url, status, headers, body, html }
    }

    pub fn title(&self) -> String {
        self.text_of("title")
    }

    /// All that can be read on the page, with single blanks.
    pub fn text(&self) -> String {
        self.text_of("body")
    }

    /// The text of the first element that fits.
    pub fn text_of(&self, selector: &str) -> String {
        self.all(selector).first().map(|element| words(*element)).unwrap_or_else(|| panic!("no {selector} on {}:\n{}", self.url, self.body))
    }

    /// The texts of all elements that fit.
    pub fn texts_of(&self, selector: &str) -> Vec<String> {
        self.all(selector).into_iter().map(words).collect()
    }

    pub fn has(&self, selector: &str) -> bool {
        !self.all(selector).is_empty()
    }

    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.all(selector).first()?.attr(name).map(str::to_owned)
    }

    pub fn says(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// Fails with the page when it does not say so.
    pub fn must_say(&self, text: &str) -> &Self {
        assert!(self.says(text), "{} ({}) does not say {text:?} but:\n{}", self.url, self.status, self.text());
        self
    }

    /// Where the link with this text leads.
    pub fn link(&self, text: &str) -> String {
        let links = self.all("a[href]");
        let found = links.iter().find(|link| words(**link) == text).or_else(|| links.iter().find(|link| words(**link).contains(text)));
        found.and_then(|link| link.attr("href")).unwrap_or_else(|| panic!("no link {text:?} on {}:\n{}", self.url, self.text())).to_owned()
    }

    /// Where links, forms and buttons of the page lead.
    pub fn addresses(&self) -> Vec<String> {
        let led = |name: &str| -> Vec<String> {
            self.all(&format!("[{name}]")).into_iter().filter_map(|element| element.attr(name).map(str::to_owned)).collect()
        };
        ["href", "action", "formaction"].into_iter().flat_map(led).collect()
    }

    /// The form that is sent by the button with this text.
    pub fn form(&self, button: &str) -> Form {
        let forms = self.all("form");
        let with_button = |form: &&ElementRef<'_>| buttons(**form).iter().any(|candidate| words(*candidate).contains(button));
        let form = forms
            .iter()
            .find(with_button)
            .unwrap_or_else(|| panic!("no form with the button {button:?} on {}:\n{}", self.url, self.text()));
        read_form(*form, button, self.url.path())
    }

    /// All forms that are posted as fields, each by its first button.
    pub fn posted_forms(&self) -> Vec<Form> {
        let forms = self.all("form[method=post]:not([enctype])").into_iter();
        forms.map(|form| read_form(form, "", self.url.path())).collect()
    }

    fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        let parsed = Selector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}"));
        self.html.select(&parsed).collect()
    }
}

fn words(element: ElementRef<'_>) -> String {
    element.text().collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn within<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    element.select(&Selector::parse(selector).unwrap()).collect()
}

fn buttons(form: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    within(form, "button")
}

fn read_form(form: ElementRef<'_>, button: &str, here: &str) -> Form {
    let mut fields = vec![];
    let mut names = vec![];
    for control in within(form, "input[name], select[name], textarea[name]") {
        let name = control.attr("name").unwrap().to_owned();
        fields.extend(value_of(control).map(|value| (name.clone(), value)));
        names.push(name);
    }
    // A button with a name sends itself, as in a browser.
    let pressed = buttons(form).into_iter().find(|candidate| words(*candidate).contains(button));
    if let Some((name, value)) = pressed.and_then(|button| Some((button.attr("name")?, button.attr("value")?))) {
        fields.push((name.to_owned(), value.to_owned()));
    }
    let action = pressed.and_then(|button| button.attr("formaction")).or(form.attr("action")).unwrap_or(here).to_owned();
    Form { action, method: form.attr("method").unwrap_or("get").to_lowercase(), fields, names }
}

/// What a browser would send for it untouched.
fn value_of(control: ElementRef<'_>) -> Option<String> {
    let value = || control.attr("value").unwrap_or_default().to_owned();
    match (control.value().name(), control.attr("type").unwrap_or("text")) {
        ("select", _) => {
            let options = within(control, "option");
            let chosen = options.iter().find(|option| option.attr("selected").is_some()).or(options.first())?;
            Some(chosen.attr("value").map_or_else(|| words(*chosen), str::to_owned))
        }
        ("textarea", _) => Some(control.text().collect()),
        (_, "checkbox" | "radio") => control.attr("checked").map(|_| control.attr("value").unwrap_or("on").to_owned()),
        (_, "submit" | "button" | "file") => None,
        _ => Some(value()),
    }
}
