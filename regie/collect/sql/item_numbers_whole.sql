UPDATE typed_rows SET "item" = replace("item", '.0', '')
WHERE ends_with("item", '.0')
