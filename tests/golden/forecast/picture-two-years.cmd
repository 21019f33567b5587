forecast --policy packaging/pictures/two-years.yaml -c orders --from 2026-11-21T00:00:00Z --for 2y --svg - | cmp - packaging/pictures/two-years.svg && echo "the picture of README.md"
