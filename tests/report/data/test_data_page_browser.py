"""The page on data in a real browser, as people meet it."""

import os
import urllib.parse

import pytest

pytestmark = pytest.mark.browser

PHONE, DESKTOP = 390, 1280


@pytest.fixture(scope="module")
def browser(chromium_module, tmp_path_factory):
    program = chromium_module.find()
    if program is None:
        message = "no Chromium; install it with: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    browser = chromium_module.Chromium(program, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_page_is_whole(browser, portraits, faces, width):
    for shown in (portraits, faces):
        browser.open(shown.path, width)
        assert browser.complaints() == []
        asked = [u for u in browser.requests() if not u.startswith("data:")]
        assert [urllib.parse.unquote(url) for url in asked] == [shown.path.as_uri()]
        state = browser.run(
            """({
              width: document.documentElement.scrollWidth,
              images: document.images.length,
              broken: [...document.images].filter(e => !e.naturalWidth).length,
              unnamed: [...document.images].filter(e => !e.alt).length,
              cut: [...document.querySelectorAll('figure svg')].filter(e => {
                const box = e.getBoundingClientRect();
                return [...e.querySelectorAll('text')].some(t => {
                  const b = t.getBoundingClientRect();
                  return b.left < box.left - 2 || b.right > box.right + 2;
                });
              }).length,
            })"""
        )
        assert state["width"] <= width and state["images"] > 20
        assert (state["broken"], state["unnamed"], state["cut"]) == (0, 0, 0)
